import type { Peek } from '../protocols/protocol.ts';
import { conversationOf, sessionOf } from './conversation.ts';
import { countTokens } from './count.ts';
import type { Trace } from './decisions.ts';
import type { GatewayParts, PatientExchange } from './gateway.ts';
import { poolFor } from './pool-lookup.ts';
import { askOwner } from './stored-answer.ts';
import { rotate, type JourneyEnd } from './rotate.ts';

/**
 * One request's way: which accounts can serve it, which of them holds its conversation, and then turn by turn.
 * @throws RotaError where the request cannot even begin: a faulty body, an unknown model, no account at all
 */
export async function travel(
  parts: GatewayParts,
  exchange: PatientExchange,
  trace: Trace,
): Promise<JourneyEnd> {
  const peeked = exchange.protocol.peek(exchange.body, exchange.address);
  if (peeked.stream === true && peeked.inArray !== true) {
    const { keepAliveMs } = parts.settings();
    exchange.reply.expect(exchange.protocol, keepAliveMs, ['x-request-id', exchange.requestId]);
  }
  if (peeked.ofAnswer !== undefined) return askOwner(parts, exchange, peeked.ofAnswer);
  if (peeked.isCount) return countTokens(parts, exchange, peeked, trace);
  const pool = await poolFor(parts, exchange, peeked);
  const { affinity, answers } = parts.memory;
  const session = parts.settings().affinity
    ? sessionOf(exchange.headers, peeked, exchange.protocol, exchange.body)
    : undefined;
  const conversations = pool.stages.map((model) => conversationOf(session, model));
  const teller = tellerOf(parts, peeked);
  const owners = conversations.map(
    (name) => teller ?? (name === undefined ? undefined : affinity.owner(name, parts.now())),
  );
  trace.begin(pool.model, owners);
  const end = await rotate(parts, exchange, pool, owners, trace);
  const { candidate, owner, answerId } = end;
  if (candidate && answerId !== undefined) answers.own(answerId, candidate.account, parts.now());
  const conversation = candidate && conversations[candidate.stage];
  if (conversation !== undefined && owner !== undefined && holdsCache(end)) {
    affinity.own(conversation, owner, parts.now());
  }
  return end;
}

/** The account that gave the answer which the request goes on from: no other one knows what was said. */
function tellerOf({ memory, now }: GatewayParts, { continues }: Peek): string | undefined {
  return continues === undefined ? undefined : memory.answers.owner(continues, now());
}

/** Also where the client broke the answer off: its next turn finds what the account has read so far. */
function holdsCache({ status, broken, hungUp, hasBegun }: JourneyEnd): boolean {
  if (hungUp) return hasBegun === true;
  return status !== undefined && status < 400 && !broken;
}
