import type { Peek } from '../protocols/protocol.ts';
import { moves } from '../rotation/affinity.ts';
import type { Candidate } from '../rotation/candidate.ts';
import { openRest } from '../rotation/rests.ts';
import { nearWall } from '../rotation/windows.ts';
import { conversationOf, sessionOf } from './conversation.ts';
import { countTokens } from './count.ts';
import type { Trace } from './decisions.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { poolFor, type Pool } from './pool-lookup.ts';
import { rotate, type JourneyEnd } from './rotate.ts';

/**
 * One request's way: which accounts can serve it, which of them holds its conversation, and then turn by turn.
 * @throws RotaError where the request cannot even begin: a faulty body, an unknown model, no account at all
 */
export async function travel(parts: GatewayParts, exchange: Exchange, trace: Trace): Promise<JourneyEnd> {
  const peeked = exchange.protocol.peek(exchange.body, exchange.address);
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
  trace.begin(pool, owners);
  const end = await rotate(parts, exchange, pool, owners, trace);
  const { candidate, answerId } = end;
  if (candidate && answerId !== undefined) answers.own(answerId, candidate.account, parts.now());
  const conversation = candidate && conversations[candidate.stage];
  if (candidate && conversation !== undefined && holdsCache(end)) {
    keepConversation(parts, pool, conversation, owners[candidate.stage], candidate);
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

function keepConversation(
  parts: GatewayParts,
  pool: Pool,
  conversation: string,
  owner: string | undefined,
  { account, stage }: Candidate,
): void {
  const { memory, now } = parts;
  const time = now();
  const owning = pool.candidates.find((one) => one.account === owner && one.stage === stage);
  const windows = (owner !== undefined && memory.health.windows.get(owner)) || [];
  const { leaveAt } = parts.settings().rotation;
  const isNearLimit =
    owning?.switchOn429 === true && nearWall(windows, owning.model, time, { leaveAt, longOnly: true });
  const state = {
    serves: owning !== undefined,
    rest: owning && openRest(memory.health, owning.keys, time),
    isNearLimit: Boolean(isNearLimit),
  };
  const next = owner === undefined || (owner !== account && moves(owner, state)) ? account : owner;
  memory.affinity.own(conversation, next, time);
}
