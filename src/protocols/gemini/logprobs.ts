import type { LikelyToken, SaidToken } from '../../chat/logprobs.ts';
import { numberOf, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';

/** `logprobsResult` of a candidate: what was said, and beside it what was likely at each place. */
export function decodeLogprobs(result: unknown): readonly SaidToken[] | undefined {
  const { chosenCandidates, topCandidates } = recordOf(result);
  const places = recordsOf(topCandidates);
  const tokens = recordsOf(chosenCandidates).map((chosen, place): SaidToken => ({
    ...likely(chosen),
    others: recordsOf(places[place]?.candidates).map(likely),
  }));
  return tokens.length === 0 ? undefined : tokens;
}

function likely({ token, logProbability }: JsonRecord): LikelyToken {
  return { token: textOf(token) ?? '', logprob: numberOf(logProbability) ?? 0 };
}

export function encodeLogprobs(tokens: readonly SaidToken[]): object {
  const candidate = ({ token, logprob }: LikelyToken) => ({ token, logProbability: logprob });
  return {
    topCandidates: tokens.map(({ others }) => ({ candidates: others.map(candidate) })),
    chosenCandidates: tokens.map(candidate),
  };
}
