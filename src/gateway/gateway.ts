import type { Usage } from '../chat/event.ts';
import { RotaError, type Failure } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import type { Outcome } from '../outcome.ts';
import type { Address, Protocol } from '../protocols/protocol.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { RequestLimits } from '../rotation/rotation.ts';
import type { HeaderFields, Upstream } from '../upstream/client.ts';
import type { AccountPool } from './account-pool.ts';
import type { Describe } from './explain.ts';
import type { Decisions } from './decisions.ts';
import { travel } from './journey.ts';
import type { Memory } from './memory.ts';
import type { RouteMemory } from './pool-lookup.ts';
import { makePatientReply, type PatientReply } from './patience.ts';
import type { Reply } from './reply.ts';
import type { JourneyEnd } from './rotate.ts';

/** One request of a client, past the door: its key and origin are checked, its body is read. */
export interface Exchange {
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly address: Address;
  /** Default: POST. */
  readonly method?: string;
  /** Lower-case names. */
  readonly headers: HeaderFields;
  readonly body: Buffer;
  readonly reply: Reply;
}

/** The same, whose client is kept from giving up. */
export interface PatientExchange extends Exchange {
  readonly reply: PatientReply;
}

/** The gateway's own part of the settings. */
export interface GatewaySettings {
  readonly rotation: RequestLimits;
  readonly affinity: boolean;
  /** How long a request waits for an account whose rest ends, rather than being refused. */
  readonly holdMs: number;
  readonly requestMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** After so long without a word a client that awaits a stream is given a sign of life; 0: never. */
  readonly keepAliveMs: number;
  readonly aliases: Readonly<Record<string, string>>;
  /** By model: what answers in its place when every account of it is spent. Read it with `Object.hasOwn`. */
  readonly fallbacks: Readonly<Record<string, readonly string[]>>;
  readonly defaultModel?: string;
}

export interface GatewayParts {
  readonly accounts: AccountPool;
  readonly upstream: Upstream;
  readonly memory: Memory;
  readonly decisions: Decisions;
  readonly routes: RouteMemory;
  readonly describe: Describe;
  readonly userAgent: string;
  settings(): GatewaySettings;
  now(): number;
  random(): number;
  /** Counts attempts and what they cost, for people. */
  onAttempt?(account: string, isFailure: boolean, usage?: Usage): void;
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
      const reply = makePatientReply(exchange.reply);
      const patient: PatientExchange = { ...exchange, reply };
      const trace = parts.decisions.trace(exchange.requestId, exchange.protocol.name, startedAt);
      try {
        const end = await travel(observed, patient, trace);
        if (end.failure) refuse(parts, patient, end.failure, end.attempts);
        trace.end(end, end.failure, parts.now());
        report(parts, log, exchange, end, startedAt);
      } catch (error) {
        const failure = asFailure(error, exchange, log);
        refuse(parts, patient, failure, 0);
        trace.end(undefined, failure, parts.now());
        log.info('refused', { request: exchange.requestId, reason: failure.kind });
      } finally {
        reply.stop();
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
  const { reply, protocol, address, requestId } = exchange;
  if (reply.closed) return;
  const { status, headers, body } = protocol.encodeFailure(failure, parts.now(), address);
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
  const isTrouble = [end.failure, end.broken, end.hasStalled].some((trouble) => trouble !== undefined);
  if (!log.enabled(isTrouble ? 'warn' : 'info')) return;
  const fields = {
    request: exchange.requestId,
    model: end.model,
    ...(end.candidate === undefined ? {} : { account: parts.describe(end.candidate.account).label }),
    attempts: end.attempts,
    ...(end.status === undefined ? {} : { status: end.status }),
    ms: parts.now() - startedAt,
    ...end.usage,
  };
  if (end.failure) log.warn('not answered', { ...fields, reason: end.failure.message });
  else if (end.broken)
    log.warn('the stream broke', { ...fields, reason: end.broken.detail ?? end.broken.kind });
  else if (end.hasStalled) log.warn('the client stopped reading', fields);
  else log.info(end.hungUp ? 'the client hung up' : 'answered', fields);
}

/** Failures that only a person can mend: told louder than those that pass. */
const forAPerson: Readonly<Partial<Record<Outcome['kind'], string>>> = {
  billing: 'Its credit or spend limit is used up. It is looked at again in an hour.',
  policy: 'The provider refuses the account. It is tried again in half an hour.',
};

/** What every failed attempt leaves in the log. */
function observers(parts: GatewayParts, log: Logger): Pick<GatewayParts, 'onFailedAttempt'> {
  const label = (account: string) => parts.describe(account).label;
  return {
    onFailedAttempt({ requestId }, candidate, { kind, scope, status, waitMs, waitFrom, detail }) {
      const hint = forAPerson[kind];
      log[hint === undefined ? 'info' : 'warn']('an attempt failed', {
        request: requestId,
        account: label(candidate.account),
        model: candidate.model,
        kind,
        scope,
        ...(status === undefined ? {} : { status }),
        ...(waitMs === undefined ? {} : { waitMs }),
        ...(waitFrom === undefined ? {} : { waitFrom }),
        ...(detail === undefined ? {} : { detail }),
        ...(hint === undefined ? {} : { hint }),
      });
    },
  };
}
