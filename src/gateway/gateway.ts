import { RotaError, type Failure } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import type { Outcome } from '../outcome.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { Candidate, Strategy } from '../rotation/choose.ts';
import { openRest } from '../rotation/rests.ts';
import type { Rotation, Step } from '../rotation/steps.ts';
import type { HeaderFields, Upstream } from '../upstream/client.ts';
import type { AccountPool } from './account-pool.ts';
import type { Describe } from './explain.ts';
import { travel, type JourneyEnd } from './journey.ts';
import type { Memory } from './memory.ts';
import type { RouteMemory } from './pool-lookup.ts';
import type { Reply } from './reply.ts';

/** One request of a client, past the door: its key and origin are checked, its body is read. */
export interface Exchange {
  readonly requestId: string;
  readonly protocol: Protocol;
  /** Lower-case names. */
  readonly headers: HeaderFields;
  readonly body: Buffer;
  readonly reply: Reply;
}

/** The gateway's own part of the settings. */
export interface GatewaySettings {
  readonly strategy: Strategy;
  readonly affinity: boolean;
  readonly requestRetry: number;
  readonly requestMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly aliases: Readonly<Record<string, string>>;
  readonly defaultModel?: string;
}

export interface GatewayParts {
  readonly accounts: AccountPool;
  readonly upstream: Upstream;
  readonly memory: Memory;
  readonly routes: RouteMemory;
  readonly describe: Describe;
  readonly userAgent: string;
  settings(): GatewaySettings;
  now(): number;
  random(): number;
  onStep?(exchange: Exchange, rotation: Rotation, step: Step): void;
  /** Counts attempts, for people. */
  onAttempt?(account: string, isFailure: boolean): void;
  onFailedAttempt?(exchange: Exchange, candidate: Candidate, outcome: Outcome): void;
}

export interface Gateway {
  /** Answers the client, whatever happens; never rejects. */
  handle(exchange: Exchange): Promise<void>;
}

export function makeGateway(parts: GatewayParts, log: Logger): Gateway {
  const observed: GatewayParts = { ...parts, ...observers(parts, log) };
  return {
    async handle(exchange) {
      const startedAt = parts.now();
      try {
        const end = await travel(observed, exchange);
        if (end.failure) refuse(parts, exchange, end.failure, end.attempts);
        report(parts, log, exchange, end, startedAt);
      } catch (error) {
        const failure = asFailure(error, exchange, log);
        refuse(parts, exchange, failure, 0);
        log.info('refused', { request: exchange.requestId, reason: failure.kind });
      }
    },
  };
}

function asFailure(error: unknown, { requestId }: Exchange, log: Logger): Failure {
  if (error instanceof RotaError) return error.failure;
  log.error('a bug in Rota', { request: requestId, error });
  const message = `Rota failed on this request. The log has the details under ${requestId}.`;
  return { kind: 'internal', requestId, message };
}

function refuse(parts: GatewayParts, exchange: Exchange, failure: Failure, attempts: number): void {
  const { reply, protocol, requestId } = exchange;
  if (reply.closed) return;
  const { status, headers, body } = protocol.encodeFailure(failure, parts.now());
  const bytes = Buffer.from(body);
  const own = {
    'content-length': String(bytes.length),
    'x-request-id': requestId,
    'x-rota-attempts': String(attempts),
  };
  reply.head(status, Object.entries({ ...headers, ...own }).flat());
  reply.end(bytes);
}

function report(
  parts: GatewayParts,
  log: Logger,
  exchange: Exchange,
  end: JourneyEnd,
  startedAt: number,
): void {
  const isTrouble = end.failure !== undefined || end.broken !== undefined;
  if (!log.enabled(isTrouble ? 'warn' : 'info')) return;
  const fields = {
    request: exchange.requestId,
    model: end.model,
    ...(end.account === undefined ? {} : { account: parts.describe(end.account).label }),
    attempts: end.attempts,
    ...(end.status === undefined ? {} : { status: end.status }),
    ms: parts.now() - startedAt,
  };
  if (end.failure) log.warn('not answered', { ...fields, reason: end.failure.message });
  else if (end.broken)
    log.warn('the stream broke', { ...fields, reason: end.broken.detail ?? end.broken.kind });
  else log.info(end.hungUp ? 'the client hung up' : 'answered', fields);
}

/** Each decision as a record: who could serve, what kept each out, what was chosen, what came of it. */
function observers(parts: GatewayParts, log: Logger): Pick<GatewayParts, 'onStep' | 'onFailedAttempt'> {
  const label = (account: string) => parts.describe(account).label;
  return {
    onStep({ requestId }, rotation, step) {
      if (!log.enabled('debug')) return;
      const now = parts.now();
      const candidates = rotation.candidates.map((candidate) => {
        const tried = rotation.tried.get(candidate.account);
        const open = openRest(parts.memory.health, candidate, now);
        const state = tried ? `tried: ${tried.outcome.kind}` : open ? `rests: ${open.kind}` : 'free';
        return {
          account: label(candidate.account),
          state,
          ...(open ? { until: new Date(open.until).toISOString() } : {}),
        };
      });
      const chosen = 'candidate' in step ? { account: label(step.candidate.account) } : {};
      log.debug('decision', { request: requestId, step: step.kind, ...chosen, candidates });
    },
    onFailedAttempt({ requestId }, candidate, { kind, scope, status, waitMs, detail }) {
      log.info('an attempt failed', {
        request: requestId,
        account: label(candidate.account),
        model: candidate.model,
        kind,
        scope,
        ...(status === undefined ? {} : { status }),
        ...(waitMs === undefined ? {} : { waitMs }),
        ...(detail === undefined ? {} : { detail }),
      });
    },
  };
}
