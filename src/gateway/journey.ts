import { RotaError, type Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Provider, UpstreamAnswer } from '../providers/provider.ts';
import { moves } from '../rotation/affinity.ts';
import type { Candidate } from '../rotation/choose.ts';
import { openRest } from '../rotation/rests.ts';
import {
  begin,
  learn,
  learnBroken,
  learnRefresh,
  learnSuccess,
  nextStep,
  type Learned,
  type Rotation,
  type Tried,
} from '../rotation/steps.ts';
import { verdictOf, type Verdict } from '../rotation/verdict.ts';
import type { Secret } from '../secret.ts';
import { attempt, type AttemptResult, type HeldAnswer } from './attempt.ts';
import { conversationOf } from './conversation.ts';
import { exhaustedFailure } from './explain.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { encodeLabel, requestHeaders } from './headers.ts';
import { pause } from './pause.ts';
import { poolFor, type Pool } from './pool-lookup.ts';

/** How a request ended, for the answer's last headers, the log and the counters. */
export interface JourneyEnd {
  readonly model: string;
  readonly attempts: number;
  readonly account?: string;
  readonly status?: number;
  /** What the client must still be told: nothing has been written to it. */
  readonly failure?: Failure;
  /** What broke after the first content: the client was told inside the stream. */
  readonly broken?: Outcome;
  readonly hungUp?: boolean;
  /** The client had the beginning of the answer when it hung up. */
  readonly hasBegun?: boolean;
}

/**
 * One request's way: rotation says what to do, this does it and tells rotation what came of it.
 * @throws RotaError where the request cannot even begin: a faulty body, an unknown model, no account at all
 */
export async function travel(parts: GatewayParts, exchange: Exchange): Promise<JourneyEnd> {
  const peeked = exchange.protocol.peek(exchange.body);
  const pool = await poolFor(parts, exchange, peeked);
  const { affinity } = parts.memory;
  const conversation = parts.settings().affinity
    ? conversationOf(exchange.headers, peeked, exchange.protocol, exchange.body, pool.model)
    : undefined;
  const owner = conversation === undefined ? undefined : affinity.owner(conversation, parts.now());
  const end = await rotate(parts, exchange, pool, owner);
  if (conversation !== undefined && end.account !== undefined && holdsCache(end)) {
    keepConversation(parts, pool, conversation, owner, end.account);
  }
  return end;
}

/** Also where the client broke the answer off: its next turn finds what the account has read so far. */
function holdsCache({ status, broken, hungUp, hasBegun }: JourneyEnd): boolean {
  if (hungUp) return hasBegun === true;
  return status !== undefined && status < 400 && !broken;
}

function keepConversation(
  { memory, now }: GatewayParts,
  pool: Pool,
  conversation: string,
  owner: string | undefined,
  account: string,
): void {
  const time = now();
  const owning = pool.candidates.find((candidate) => candidate.account === owner);
  const ownerRest = owning && openRest(memory.health, owning, time);
  const next = owner === undefined || moves(owner, owning !== undefined, ownerRest) ? account : owner;
  memory.affinity.own(conversation, next, time);
}

/** While an account is waited for, another request may find it well, or a person clear its rest. */
const LOOK_AGAIN_MS = 500;

async function rotate(
  parts: GatewayParts,
  exchange: Exchange,
  pool: Pool,
  owner: string | undefined,
): Promise<JourneyEnd> {
  const { memory, now, random } = parts;
  const settings = parts.settings();
  let held: Kept | undefined;
  let hollow: Kept | undefined;
  const used = new Map<string, Secret>();
  let rotation: Rotation = begin({
    candidates: pool.candidates,
    owner,
    strategy: settings.strategy,
    requestRetry: settings.requestRetry,
    deadline: now() + settings.requestMs,
  });
  const take = (learned: Learned) => {
    rotation = learned.rotation;
    memory.setHealth(learned.health, now());
  };
  const ended = (end: Partial<JourneyEnd>): JourneyEnd => ({
    model: pool.model,
    attempts: rotation.attempts,
    ...end,
  });

  for (;;) {
    if (exchange.reply.closed) return ended({ hungUp: true });
    const step = nextStep(rotation, memory.health, memory.turns(pool.model), now());
    parts.onStep?.(exchange, rotation, step);
    switch (step.kind) {
      case 'send': {
        const { candidate } = step;
        const { account } = candidate;
        memory.setTurns(pool.model, step.turns);
        const result = await send(parts, exchange, pool, candidate, rotation, used);
        if (result.kind === 'hung-up') return ended({ account, hungUp: true, hasBegun: result.hasBegun });
        if (result.kind === 'delivered') return ended(settle(parts, candidate, rotation, result));
        held = result.held && { candidate, answer: result.held };
        if (result.outcome.kind === 'empty') hollow = held;
        // What could not be had cannot be renewed either: the reason that was given is the one to tell.
        const tried = used.has(account) ? candidate : { ...candidate, refreshable: false };
        take(learn(rotation, memory.health, { candidate: tried, outcome: result.outcome }, now(), random()));
        parts.onAttempt?.(account, result.outcome.kind !== 'request');
        parts.onFailedAttempt?.(exchange, candidate, result.outcome);
        break;
      }
      case 'refresh': {
        const { candidate } = step;
        const refused = used.get(candidate.account);
        // What was sent, not what is newest: another request may have had it renewed meanwhile, and that is enough.
        const failed = refused && (await parts.accounts.renew(candidate.account, refused));
        take(learnRefresh(rotation, memory.health, candidate, failed, now(), random()));
        break;
      }
      case 'wait':
        await pause(Math.min(step.until - now(), LOOK_AGAIN_MS), exchange.reply);
        break;
      case 'deliver': {
        const verdict = verdictOf(pool.candidates, rotation.tried, memory.health, now());
        return held ? handThrough(held) : ended({ failure: refusal(verdict) });
      }
      case 'exhausted':
        // A proper answer, if an empty one, beats any failure that came after it.
        if (hollow) return handThrough(hollow);
        if (step.verdict.cause === 'refused' && held && isRefusal(rotation.last)) return handThrough(held);
        return ended({ failure: refusal(step.verdict) });
    }
  }

  function refusal(verdict: Verdict): Failure {
    return exhaustedFailure(pool.model, verdict, pool.barred, parts.describe, now());
  }

  function handThrough({ candidate, answer: { status, headers, body } }: Kept): JourneyEnd {
    const own = ownHeaders(parts, exchange, candidate, rotation.attempts);
    exchange.reply.head(status, [...headers, 'content-length', String(body.length), ...own]);
    exchange.reply.end(body);
    return ended({ status, account: candidate.account });
  }
}

/** An answer that the client may yet be given, and whose it is. */
interface Kept {
  readonly candidate: Candidate;
  readonly answer: HeldAnswer;
}

/** Whether the last answer is about what the account may do. One about its credential or its money is not for the client. */
function isRefusal(last: Tried | undefined): boolean {
  return last?.outcome.kind === 'policy' || last?.outcome.kind === 'capability';
}

function settle(
  { memory, now, random, onAttempt }: GatewayParts,
  candidate: Candidate,
  rotation: Rotation,
  { status, broken }: AttemptResult & { kind: 'delivered' },
): Partial<JourneyEnd> {
  const { health } = memory;
  const time = now();
  const next = broken
    ? learnBroken(health, candidate, broken, time, random())
    : learnSuccess(health, candidate);
  memory.setHealth(next, time);
  const { account } = candidate;
  onAttempt?.(account, broken !== undefined);
  return { account, status, attempts: rotation.attempts + 1, ...(broken ? { broken } : {}) };
}

async function send(
  parts: GatewayParts,
  exchange: Exchange,
  pool: Pool,
  candidate: Candidate,
  { attempts, deadline }: Rotation,
  used: Map<string, Secret>,
): Promise<AttemptResult> {
  const { protocol, reply } = exchange;
  const provider = pool.serving.find(({ account }) => account.id === candidate.account)?.provider;
  const baseUrl = provider?.protocols[protocol.name];
  if (!provider || baseUrl === undefined) {
    return { kind: 'failed', outcome: { kind: 'capability', scope: 'account-model' } };
  }
  let secret: Secret;
  try {
    secret = parts.accounts.peekSecret(candidate.account) ?? (await parts.accounts.secret(candidate.account));
  } catch (error) {
    return { kind: 'failed', outcome: outcomeOfMissingSecret(error) };
  }
  used.set(candidate.account, secret);
  const { firstByteMs, idleMs } = parts.settings();
  const authorization = provider.authorize(protocol.name, secret);
  return attempt({
    protocol,
    upstream: parts.upstream,
    reply,
    model: candidate.model,
    now: parts.now,
    classify: (answer) => classifyWithout(secret, provider, answer),
    deadline,
    ownHeaders: () => ownHeaders(parts, exchange, candidate, attempts + 1),
    request: {
      url: baseUrl + protocol.path,
      method: 'POST',
      headers: requestHeaders(exchange.headers, protocol.requestHeaders, authorization, parts.userAgent),
      body: pool.bodyFor(candidate),
      firstByteMs,
      idleMs,
    },
  });
}

/** Some servers repeat the key that they refuse, and what they say goes to the log, to clients and to a file. */
function classifyWithout(secret: Secret, provider: Provider, answer: UpstreamAnswer): Outcome {
  const outcome = provider.classify({ ...answer, body: secret.maskIn(answer.body) });
  return outcome.detail === undefined ? outcome : { ...outcome, detail: secret.maskIn(outcome.detail) };
}

/** A credential that cannot be had is an outcome like any other: another account may have one. */
function outcomeOfMissingSecret(error: unknown): Outcome {
  if (!(error instanceof RotaError)) throw error;
  const { failure } = error;
  const isFinal = failure.kind === 'needs-login' || (failure.kind === 'refresh' && failure.final);
  return { kind: isFinal ? 'auth' : 'transport', scope: 'account', detail: failure.message };
}

function ownHeaders(
  parts: GatewayParts,
  exchange: Exchange,
  candidate: Candidate,
  attempts: number,
): readonly string[] {
  const label = encodeLabel(parts.describe(candidate.account).label);
  const { requestId } = exchange;
  return ['x-request-id', requestId, 'x-rota-account', label, 'x-rota-attempts', String(attempts)];
}
