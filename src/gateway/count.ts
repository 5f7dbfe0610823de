import { RotaError } from '../failure.ts';
import { estimateTokens } from '../protocols/estimate.ts';
import type { Peek } from '../protocols/protocol.ts';
import { openRest } from '../rotation/rests.ts';
import type { HeldAnswer } from './attempt.ts';
import type { Trace } from './decisions.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { lookUpPool, noPool, type Pool } from './pool-lookup.ts';
import type { JourneyEnd } from './rotate.ts';
import { ownHeaders, send } from './send.ts';

/** Assistants ask before each turn, and wait for it. In milliseconds. */
const LIMIT_MS = 10_000;
const MOST_ASKED = 2;

/** What says that the request itself is at fault: an estimate would hide it. */
const ownFaults = new Set([400, 413, 422]);

/**
 * Answers how many tokens a request has. It is asked of an account where one speaks the protocol, beside rotation: it
 * takes no place, and no refusal of it rests an account. Where nobody can tell, an estimate serves better than an error.
 * @throws RotaError where nobody has the model
 */
export async function countTokens(
  parts: GatewayParts,
  exchange: Exchange,
  peeked: Peek,
  trace: Trace,
): Promise<JourneyEnd> {
  trace.counting();
  const found = await lookUpPool(parts, exchange, peeked);
  if ('kind' in found) {
    if (found.kind === 'unknown') throw new RotaError(noPool(parts, found));
    return estimate(exchange, found.asked, 0);
  }
  trace.begin(found.model, []);
  const end = await askFor(parts, exchange, found, trace);
  return 'attempts' in end ? end : estimate(exchange, found.model, end.asked);
}

async function askFor(
  parts: GatewayParts,
  exchange: Exchange,
  pool: Pool,
  trace: Trace,
): Promise<JourneyEnd | { readonly asked: number }> {
  const { memory, now } = parts;
  const free = pool.candidates.filter(
    ({ keys, stage }) => stage === 0 && !openRest(memory.health, keys, now()),
  );
  let attempts = 0;
  for (const candidate of free.slice(0, MOST_ASKED)) {
    attempts += 1;
    const end = { model: pool.model, attempts, candidate };
    const result = await send({
      parts,
      exchange,
      pool,
      candidate,
      attempts,
      deadline: now() + LIMIT_MS,
      isOwner: false,
      limits: { firstByteMs: LIMIT_MS, idleMs: LIMIT_MS },
      onTranslated() {},
      onSecret() {},
      onHeaders() {},
      onContent() {},
    });
    if (result.kind === 'hung-up') return { ...end, hungUp: true };
    if (result.kind === 'delivered') {
      trace.answered(candidate, result, memory.health, now());
      return { ...end, status: result.status };
    }
    const { outcome, held } = result;
    trace.failed(candidate, outcome, memory.health, now());
    if (outcome.kind === 'request' && held && ownFaults.has(held.status)) {
      handThrough(exchange, held, ownHeaders(parts, exchange, candidate, attempts));
      return { ...end, status: held.status };
    }
  }
  return { asked: attempts };
}

function handThrough(
  { reply }: Exchange,
  { status, headers, body }: HeldAnswer,
  own: readonly string[],
): void {
  reply.head(status, [...headers, 'content-length', String(body.length), ...own]);
  reply.end(body);
}

function estimate(
  { protocol, body, reply, requestId }: Exchange,
  model: string,
  attempts: number,
): JourneyEnd {
  const answer = Buffer.from(JSON.stringify(protocol.encodeCount?.(estimateTokens(body)) ?? {}));
  reply.head(200, [
    'content-type',
    'application/json',
    'content-length',
    String(answer.length),
    'x-request-id',
    requestId,
    'x-rota-attempts',
    String(attempts),
    'x-rota-estimated',
    'true',
  ]);
  reply.end(answer);
  return { model, attempts, status: 200, isEstimate: true };
}
