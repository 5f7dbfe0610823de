import type { Usage } from '../chat/event.ts';
import type { Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { retryHeaders } from '../protocols/exhausted.ts';
import type { Provider } from '../providers/provider.ts';
import type { Candidate } from '../rotation/candidate.ts';
import { learn, learnBroken, learnRefresh, learnSuccess, type Learned } from '../rotation/learn.ts';
import { ownerAfter } from '../rotation/ownership.ts';
import { askerOf, begin, type Rotation, type Tried } from '../rotation/rotation.ts';
import { nextStep, type Step } from '../rotation/steps.ts';
import { verdictOf, type Verdict } from '../rotation/verdict.ts';
import { noteWindows } from '../rotation/windows.ts';
import type { Secret } from '../secret.ts';
import type { HeaderFields } from '../upstream/client.ts';
import type { AttemptResult, HeldAnswer } from './attempt.ts';
import type { Trace } from './decisions.ts';
import { exhaustedFailure } from './explain.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { pause } from './pause.ts';
import type { Pool } from './pool-lookup.ts';
import { ownHeaders, send } from './send.ts';
import { withBearableWait } from './told-wait.ts';

/** How a request ended, for the answer's last headers, the log and the counters. */
export interface JourneyEnd {
  readonly model: string;
  readonly attempts: number;
  readonly candidate?: Candidate;
  /** Whose the conversation is from now on, where the answer left something in the account's cache. */
  readonly owner?: string;
  readonly status?: number;
  /** What the client must still be told: nothing has been written to it. */
  readonly failure?: Failure;
  /** What broke after the first content: the client was told inside the stream. */
  readonly broken?: Outcome;
  readonly hungUp?: boolean;
  /** It did not go: it read no more, and was let go. */
  readonly hasStalled?: boolean;
  /** Nobody could count the tokens: the answer is an estimate of ours. */
  readonly isEstimate?: boolean;
  /** The id by which a later request may go on from the answer. */
  readonly answerId?: string;
  /** What the answer cost, as far as the upstream told. */
  readonly usage?: Usage;
  /** The client had the beginning of the answer when it hung up. */
  readonly hasBegun?: boolean;
}

/** Should a change go by unseen, a waiting request looks again after so long. */
const LOOK_AGAIN_MS = 1000;

/** An answer that the client may yet be given, and whose it is. */
interface Kept {
  readonly candidate: Candidate;
  readonly answer: HeldAnswer;
}

type SendStep = Extract<Step, { kind: 'send' }>;

/** Performs what rotation says, and tells it what came of it, until the client has an answer. */
export async function rotate(
  parts: GatewayParts,
  exchange: Exchange,
  pool: Pool,
  owners: readonly (string | undefined)[],
  trace: Trace,
): Promise<JourneyEnd> {
  const { memory, now, random } = parts;
  const settings = parts.settings();
  const request = memory.nextRequest();
  const arrivedAt = now();
  const used = new Map<string, Secret>();
  let held: Kept | undefined;
  let hollow: Kept | undefined;
  let unsaid: Failure | undefined;
  let rotation: Rotation = begin({
    request,
    candidates: pool.candidates,
    owners,
    limits: settings.rotation,
    deadline: arrivedAt + settings.requestMs,
    holdUntil: arrivedAt + settings.holdMs,
  });
  const around = () => ({
    health: memory.health,
    load: memory.load,
    turns: memory.turns(pool.model),
    now: now(),
    chance: random(),
  });
  const take = (learned: Learned) => {
    rotation = learned.rotation;
    memory.setHealth(learned.health, now());
  };

  try {
    for (;;) {
      if (exchange.reply.closed) return ended({ hungUp: true });
      const view = around();
      const step = nextStep(rotation, view);
      trace.step(rotation, view, step);
      const end = await perform(step);
      if (end) return end;
    }
  } finally {
    memory.leave(request);
  }

  async function perform(step: Step): Promise<JourneyEnd | undefined> {
    switch (step.kind) {
      case 'send':
        return attemptOn(step);
      case 'refresh':
        return refresh(step.candidate);
      case 'wait':
        if (step.queue) memory.enqueue({ request, ...step.queue });
        await pause(Math.min(step.until - now(), LOOK_AGAIN_MS), exchange.reply, memory);
        return undefined;
      case 'deliver':
        return held ? handThrough(held) : ended({ failure: refusal(verdict()) });
      case 'exhausted':
        // A proper answer, if an empty one, beats any failure that came after it.
        if (hollow) return handThrough(hollow);
        if (step.verdict.cause === 'refused' && held && isRefusal(rotation.last)) return handThrough(held);
        // What no account's protocol can say is the request's fault, where there is no account to wait for.
        if (unsaid && step.verdict.retryAt === undefined) return ended({ failure: unsaid });
        return ended({ failure: refusal(step.verdict) });
    }
  }

  async function attemptOn({ candidate, admission, turns }: SendStep): Promise<JourneyEnd | undefined> {
    const { account } = candidate;
    const startedAt = now();
    const { health } = memory;
    const { leaveAt } = settings.rotation;
    const view = { health, candidates: pool.candidates, leaveAt, now: startedAt };
    const owner = ownerAfter(owners[candidate.stage], candidate, view);
    memory.setTurns(pool.model, turns);
    memory.admit(admission, startedAt);
    let result: AttemptResult;
    try {
      result = await send({
        parts,
        exchange,
        pool,
        candidate,
        attempts: rotation.attempts + 1,
        deadline: rotation.deadline,
        isOwner: owners[candidate.stage] === account,
        onTranslated: (protocol, dropped) => trace.translated(candidate, protocol, dropped, now()),
        onSecret: (secret) => void used.set(account, secret),
        onHeaders: (provider, headers) => note(provider, candidate, headers),
        onContent() {
          memory.setHealth(learnSuccess(memory.health, candidate, startedAt, now()), now());
          memory.endTrials(admission);
        },
      });
      settle(candidate, result);
    } finally {
      memory.release(admission);
    }
    if (result.kind === 'failed') return undefined;
    const last = { candidate, owner, attempts: rotation.attempts + 1 };
    const { kind, ...answer } = result;
    return ended({ ...last, ...answer, ...(kind === 'hung-up' ? { hungUp: true } : {}) });
  }

  /** What the attempt taught, before its place is given to another. */
  function settle(candidate: Candidate, result: AttemptResult): void {
    const { account } = candidate;
    const at = { now: now(), chance: random() };
    if (result.kind === 'delivered') {
      const { broken, usage } = result;
      parts.onAttempt?.(account, broken !== undefined, usage);
      if (broken) memory.setHealth(learnBroken(memory.health, candidate, broken, { ...at, request }), at.now);
      trace.answered(candidate, result, memory.health, at.now);
    }
    if (result.kind === 'hung-up') parts.onAttempt?.(account, false);
    if (result.kind !== 'failed') return;
    const { outcome } = result;
    unsaid ??= result.refusal;
    held = result.held && { candidate, answer: result.held };
    if (outcome.kind === 'empty') hollow = held;
    // What could not be had cannot be renewed either: the reason that was given is the one to tell.
    const tried = used.has(account) ? candidate : { ...candidate, refreshable: false };
    take(learn(rotation, memory.health, { candidate: tried, outcome }, at));
    parts.onAttempt?.(account, outcome.kind !== 'request');
    parts.onFailedAttempt?.(exchange, candidate, outcome);
    trace.failed(candidate, outcome, memory.health, at.now);
  }

  function note(provider: Provider, candidate: Candidate, headers: HeaderFields): void {
    const windows = provider.quota?.(singleValues(headers), now()) ?? [];
    memory.setHealth(noteWindows(memory.health, candidate, windows, now()), now());
  }

  async function refresh(candidate: Candidate): Promise<undefined> {
    const refused = used.get(candidate.account);
    // What was sent, not what is newest: another request may have had it renewed meanwhile, and that is enough.
    const failed = refused && (await parts.accounts.renew(candidate.account, refused));
    take(learnRefresh(rotation, memory.health, candidate, failed, { now: now(), chance: random() }));
    trace.renewed(candidate, failed, memory.health, now());
    return undefined;
  }

  function verdict(): Verdict {
    return verdictOf(pool.candidates, rotation.tried, askerOf(rotation, 0), around());
  }

  function refusal(verdict: Verdict): Failure {
    return exhaustedFailure(pool.model, verdict, pool.barred, parts.describe, now());
  }

  function handThrough({ candidate, answer: { status, headers, body } }: Kept): JourneyEnd {
    const own = ownHeaders(parts, exchange, candidate, rotation.attempts);
    const told = withBearableWait(status, headers, () => retryHeaders(verdict(), now()));
    exchange.reply.head(status, [...told, 'content-length', String(body.length), ...own]);
    exchange.reply.end(body);
    return ended({ status, candidate });
  }

  function ended(end: Partial<JourneyEnd>): JourneyEnd {
    return { model: pool.model, attempts: rotation.attempts, ...end };
  }
}

/** Whether the last answer is about what the account may do. One about its credential or its money is not for the client. */
function isRefusal(last: Tried | undefined): boolean {
  return last?.outcome.kind === 'policy' || last?.outcome.kind === 'capability';
}

/** Repeated headers count by their first value. */
function singleValues(headers: HeaderFields): Readonly<Record<string, string | undefined>> {
  const single: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    single[name] = Array.isArray(value) ? value[0] : value;
  }
  return single;
}
