import type { LikelyToken, SaidToken } from '../chat/logprobs.ts';
import { given, numberOf, recordsOf, textOf, type JsonRecord } from './json-value.ts';

/** `logprobs` as both of OpenAI's protocols list them; undefined where there are none. */
export function decodeLogprobs(list: unknown): readonly SaidToken[] | undefined {
  const tokens = recordsOf(list).map((said): SaidToken => ({
    ...likely(said),
    others: recordsOf(said.top_logprobs).map(likely),
  }));
  return tokens.length === 0 ? undefined : tokens;
}

function likely({ token, logprob, bytes }: JsonRecord): LikelyToken {
  const known = Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === 'number') : undefined;
  return { token: textOf(token) ?? '', logprob: numberOf(logprob) ?? 0, ...given({ bytes: known }) };
}

export function encodeLogprobs(tokens: readonly SaidToken[] = []): readonly object[] {
  return tokens.map((said) => ({ ...written(said), top_logprobs: said.others.map(written) }));
}

/** Types of one of the protocols require the bytes. */
function written({ token, logprob, bytes }: LikelyToken): object {
  return { token, logprob, bytes: bytes ?? [...Buffer.from(token)] };
}
