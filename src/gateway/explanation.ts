import { wordsOf } from '../chat/dropped.ts';
import type { Outcome } from '../outcome.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { RestKey } from '../rotation/keys.ts';
import { openRest, type Health } from '../rotation/rests.ts';
import { askerOf, costsRetry, triedAt, type Rotation } from '../rotation/rotation.ts';
import { standingOf, type View } from '../rotation/standing.ts';
import type { Step } from '../rotation/steps.ts';
import { usedNow, type SeenWindow } from '../rotation/windows.ts';
import type { DecisionRecord, Entry } from './decisions.ts';
import type { Describe } from './explain.ts';

/** One account as it stood when a decision was made. */
export interface ConsideredAccount {
  readonly account: string;
  readonly model: string;
  /** `free`, `near-limit`, `busy`, `resting`, `draining`, `tried`. */
  readonly state: string;
  /** What it rests for, what it answered, why it is busy, which window is nearly used up. */
  readonly reason?: string;
  readonly detail?: string;
  /** Of `near-limit`: the share of the window that is used, from 0. */
  readonly used?: number;
  /** When the rest ends, or the window is full again. ISO 8601. */
  readonly until?: string;
  /** Where the provider named that time; absent where it is our own estimate. */
  readonly waitFrom?: string;
}

/** One thing that happened to a request, in order. */
export interface ExplainedStep {
  /** Milliseconds after its arrival. */
  readonly afterMs: number;
  readonly kind:
    | 'sent'
    | 'translated'
    | 'failed'
    | 'answered'
    | 'broken'
    | 'refresh'
    | 'renewed'
    | 'not-renewed'
    | 'waited'
    | 'delivered'
    | 'exhausted';
  readonly account?: string;
  readonly model?: string;
  /** Of `sent`: `owner`, `on-trial`, `again`, `rested`, `near-limit`, `fallback`, or the strategy. */
  readonly because?: string;
  readonly considered?: readonly ConsideredAccount[];
  /** Of `translated`: the protocols, and what of the request was not carried. */
  readonly from?: string;
  readonly to?: string;
  readonly dropped?: readonly string[];
  readonly status?: number;
  readonly reason?: string;
  readonly detail?: string;
  /** What rests after it, or what is waited for: an account, or what it shares with others. */
  readonly rests?: string;
  readonly until?: string;
  readonly waitFrom?: string;
}

/** What was decided about a request and why, for `GET /-/why`. Holds no secret. */
export interface Explanation {
  readonly request: string;
  /** ISO 8601. */
  readonly at: string;
  readonly model?: string;
  readonly owner?: string;
  readonly steps: readonly ExplainedStep[];
  readonly status?: number;
  readonly answeredBy?: string;
  readonly answeredWith?: string;
  /** Nobody could count the tokens: the answer is an estimate. */
  readonly estimated?: boolean;
  /** Why there was no answer, in a sentence. */
  readonly failure?: string;
  readonly hungUp?: boolean;
  /** It had stopped reading. */
  readonly hasStalled?: boolean;
  readonly ms?: number;
}

export function explanationOf(record: DecisionRecord, describe: Describe): Explanation {
  const { end, failure, endedAt, startedAt } = record;
  const label = (account: string) => describe(account).label;
  const model = record.model ?? end?.model;
  const owner = record.owners.find((account) => account !== undefined);
  return {
    request: record.requestId,
    at: new Date(startedAt).toISOString(),
    ...(model === undefined ? {} : { model }),
    ...(owner === undefined ? {} : { owner: label(owner) }),
    steps: record.entries.map((entry) => explainedStep(entry, startedAt, label)),
    ...(end?.status === undefined ? {} : { status: end.status }),
    ...(end?.candidate === undefined
      ? {}
      : { answeredBy: label(end.candidate.account), answeredWith: end.candidate.model }),
    ...(end?.isEstimate === true ? { estimated: true } : {}),
    ...(failure === undefined ? {} : { failure: failure.message }),
    ...(end?.hungUp === true ? { hungUp: true } : {}),
    ...(end?.hasStalled === true ? { hasStalled: true } : {}),
    ...(endedAt === undefined ? {} : { ms: endedAt - startedAt }),
  };
}

type Label = (account: string) => string;
type SendStep = Extract<Step, { kind: 'send' }>;

function explainedStep(entry: Entry, startedAt: number, label: Label): ExplainedStep {
  if (entry.kind === 'step') return decision(entry, startedAt, label);
  const { candidate, now } = entry;
  if (entry.kind === 'translated') {
    const { from, to } = entry;
    const dropped = entry.dropped.map(wordsOf);
    return {
      afterMs: now - startedAt,
      kind: 'translated',
      account: label(candidate.account),
      from,
      to,
      dropped,
    };
  }
  const outcome =
    entry.kind === 'failed' ? entry.outcome : entry.kind === 'answered' ? entry.broken : entry.failed;
  const kinds = {
    failed: 'failed',
    answered: outcome === undefined ? 'answered' : 'broken',
    renewed: outcome === undefined ? 'renewed' : 'not-renewed',
  } as const;
  return {
    afterMs: now - startedAt,
    kind: kinds[entry.kind],
    account: label(candidate.account),
    model: candidate.model,
    ...(entry.kind === 'answered' ? { status: entry.status } : {}),
    ...(outcome === undefined
      ? {}
      : { ...whatCame(outcome), ...whatRests(candidate, entry.health, now, label) }),
  };
}

/** What could not be translated counts in rotation as a model that the account lacks; people are told which it was. */
function reasonOf({ kind, scope }: Outcome): string {
  return kind === 'capability' && scope === 'request' ? 'untranslatable' : kind;
}

function whatCame(outcome: Outcome): Partial<ExplainedStep> {
  const { status, detail } = outcome;
  return {
    reason: reasonOf(outcome),
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** What rests, in words that a person knows it by. */
function nameOf(key: RestKey, { keys, account, provider, model }: Candidate, label: Label): string {
  const names: Readonly<Record<string, string>> = {
    [keys.account]: label(account),
    [keys.accountModel]: `${label(account)} for ${model}`,
    [keys.provider]: `all of ${provider}`,
    [keys.providerModel]: `${model} of ${provider}`,
  };
  return names[key] ?? 'the network';
}

/** The rest at whose end the request looks again. */
function waitedFor(
  { rotation, view }: Entry & { kind: 'step' },
  until: number,
  label: Label,
): Partial<ExplainedStep> {
  for (const candidate of rotation.candidates) {
    const open = openRest(view.health, candidate.keys, view.now);
    if (open?.rest.until === until) return { rests: nameOf(open.key, candidate, label) };
  }
  return {};
}

function whatRests(candidate: Candidate, health: Health, now: number, label: Label): Partial<ExplainedStep> {
  const open = openRest(health, candidate.keys, now);
  if (!open) return {};
  return {
    rests: nameOf(open.key, candidate, label),
    until: new Date(open.rest.until).toISOString(),
    ...(open.rest.waitFrom === undefined ? {} : { waitFrom: open.rest.waitFrom }),
  };
}

function decision(entry: Entry & { kind: 'step' }, startedAt: number, label: Label): ExplainedStep {
  const { rotation, view, step } = entry;
  const common = { afterMs: view.now - startedAt, considered: considered(entry, label) };
  switch (step.kind) {
    case 'send': {
      const { candidate } = step;
      const because = becauseOf(rotation, view, step);
      return { ...common, kind: 'sent', account: label(candidate.account), model: candidate.model, because };
    }
    case 'refresh':
      return { afterMs: common.afterMs, kind: 'refresh', account: label(step.candidate.account) };
    case 'wait':
      return {
        ...common,
        kind: 'waited',
        reason: step.queue === undefined ? 'rest' : 'room',
        ...waitedFor(entry, step.until, label),
        until: new Date(step.until).toISOString(),
      };
    case 'deliver':
      return { afterMs: common.afterMs, kind: 'delivered' };
    case 'exhausted':
      return { ...common, kind: 'exhausted', reason: step.verdict.cause };
  }
}

function becauseOf(rotation: Rotation, view: View, { candidate, admission }: SendStep): string {
  if (rotation.due?.kind === 'owner') return 'owner';
  const before = triedAt(rotation, candidate);
  if (before !== undefined) return costsRetry(before) || before.kind === 'empty' ? 'again' : 'rested';
  if (candidate.stage > 0) return 'fallback';
  if (admission.trials.length > 0) return 'on-trial';
  const asker = askerOf(rotation, candidate.stage);
  if (asker.owner === candidate.account) return 'owner';
  const { state } = standingOf(candidate, asker, view);
  return state === 'near-limit' ? state : rotation.limits.strategy;
}

function windowOf(window: SeenWindow, now: number): Partial<ConsideredAccount> {
  const used = usedNow(window, now) ?? 0;
  return { reason: window.name, used, until: new Date(window.resetsAt).toISOString() };
}

function considered(
  { rotation, view }: Entry & { kind: 'step' },
  label: Label,
): readonly ConsideredAccount[] {
  return rotation.candidates.map((candidate) => {
    const { account, model } = candidate;
    const name = { account: label(account), model };
    const outcome = triedAt(rotation, candidate);
    if (outcome) return { ...name, state: 'tried', reason: reasonOf(outcome) };
    const standing = standingOf(candidate, askerOf(rotation, candidate.stage), view);
    switch (standing.state) {
      case 'resting': {
        const { kind, detail, until, waitFrom } = standing.rest;
        return {
          ...name,
          state: 'resting',
          reason: kind,
          until: new Date(until).toISOString(),
          ...(detail === undefined ? {} : { detail }),
          ...(waitFrom === undefined ? {} : { waitFrom }),
        };
      }
      case 'near-limit':
        return { ...name, state: 'near-limit', ...windowOf(standing.window, view.now) };
      case 'busy':
        return { ...name, state: 'busy', reason: standing.why };
      case 'free':
      case 'draining':
        return { ...name, state: standing.state };
    }
  });
}
