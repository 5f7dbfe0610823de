import { RotaError } from '../failure.ts';
import { makeCandidate } from '../rotation/candidate.ts';
import type { Secret } from '../secret.ts';
import type { AttemptResult } from './attempt.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import type { Pool } from './pool-lookup.ts';
import type { JourneyEnd } from './rotate.ts';
import type { Serving } from './routing.ts';
import { ownHeaders, send } from './send.ts';

/** What the log calls a request that is about no model. */
const NO_MODEL = '-';

/**
 * Asks about an earlier answer: the account that gave it, since no other one has it. It takes no place, and nothing that
 * comes of it rests the account.
 * @throws RotaError where that account is not known, or does not answer
 */
export async function askOwner(
  parts: GatewayParts,
  exchange: Exchange,
  answerId: string,
): Promise<JourneyEnd> {
  const owner = ownerOf(parts, exchange, answerId);
  if (!owner) throw new RotaError({ kind: 'not-found', message: unknown(answerId) });
  const first = await ask(parts, exchange, owner, 1);
  const isStale = first.result.kind === 'failed' && first.result.outcome.kind === 'auth';
  const { account } = owner;
  const isRenewed =
    isStale && first.secret !== undefined && !(await parts.accounts.renew(account.id, first.secret));
  return conclude(parts, exchange, isRenewed ? await ask(parts, exchange, owner, 2) : first);
}

/** Where it is not known whose the answer is, but one account alone can have given it, that one can tell. */
function ownerOf(parts: GatewayParts, { protocol }: Exchange, answerId: string): Serving | undefined {
  const obstacle = parts.accounts.obstacle();
  if (obstacle) throw new RotaError(obstacle);
  const known = parts.memory.answers.owner(answerId, parts.now());
  const speaking = parts.accounts
    .serving()
    .filter(({ account, provider }) => account.enabled && provider.protocols[protocol.name] !== undefined);
  if (known !== undefined) return speaking.find(({ account }) => account.id === known);
  return speaking.length === 1 ? speaking[0] : undefined;
}

function unknown(answerId: string): string {
  return `Response with id '${answerId}' not found: Rota does not know which account gave it. It knows of those that it handed on since it started.`;
}

interface Asked {
  readonly result: AttemptResult;
  readonly owner: Serving;
  readonly attempts: number;
  readonly secret?: Secret;
}

async function ask(
  parts: GatewayParts,
  exchange: Exchange,
  owner: Serving,
  attempts: number,
): Promise<Asked> {
  let secret: Secret | undefined;
  const result = await send({
    parts,
    exchange,
    pool: poolOf(owner),
    candidate: candidateOf(owner),
    attempts,
    deadline: parts.now() + parts.settings().requestMs,
    isOwner: true,
    onTranslated() {},
    onSecret: (used) => void (secret = used),
    onHeaders() {},
    onContent() {},
  });
  return { result, owner, attempts, ...(secret === undefined ? {} : { secret }) };
}

function candidateOf({ account, provider }: Serving): Pool['candidates'][number] {
  return makeCandidate({ account: account.id, provider: provider.id, model: NO_MODEL });
}

/** Of one account, for a request without a model or a conversation. */
function poolOf(owner: Serving): Pool {
  return {
    model: NO_MODEL,
    stages: [],
    candidates: [candidateOf(owner)],
    barred: [],
    serving: [owner],
    peeked: {},
    conversation() {
      throw new RotaError({ kind: 'invalid-request', message: 'This request cannot be translated.' });
    },
    bodyFor: () => Buffer.alloc(0),
  };
}

function conclude(parts: GatewayParts, exchange: Exchange, { result, owner, attempts }: Asked): JourneyEnd {
  const candidate = candidateOf(owner);
  const end = { model: NO_MODEL, attempts, candidate };
  if (result.kind === 'hung-up') return { ...end, hungUp: true };
  if (result.kind === 'delivered') {
    return { ...end, status: result.status, ...(result.broken ? { broken: result.broken } : {}) };
  }
  const { outcome, held } = result;
  if (held && outcome.kind !== 'auth') {
    const { status, headers, body } = held;
    const own = ownHeaders(parts, exchange, candidate, attempts);
    exchange.reply.head(status, [...headers, 'content-length', String(body.length), ...own]);
    exchange.reply.end(body);
    return { ...end, status };
  }
  const { label } = owner.account;
  const detail = outcome.detail === undefined ? '' : ` ${outcome.detail}`;
  // A client that is told 401 takes it for its own key.
  throw new RotaError(
    outcome.kind === 'auth'
      ? { kind: 'needs-login', message: `The account '${label}' has to be signed in again.${detail}` }
      : {
          kind: 'upstream-unreachable',
          message: `The account '${label}', which gave the answer, cannot be asked.${detail}`,
        },
  );
}
