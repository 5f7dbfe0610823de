import { RotaError } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Provider, UpstreamAnswer } from '../providers/provider.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { Secret } from '../secret.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { attempt, type AttemptResult } from './attempt.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { encodeLabel, requestHeaders } from './headers.ts';
import type { Pool } from './pool-lookup.ts';

export interface Sending {
  readonly parts: GatewayParts;
  readonly exchange: Exchange;
  readonly pool: Pool;
  readonly candidate: Candidate;
  /** This one included. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** How long the answer may take, where that is not the settings' to say; in milliseconds. */
  readonly limits?: { readonly firstByteMs: number; readonly idleMs: number };
  /** Told of the credential that goes out: a refusal is about that one. */
  onSecret(secret: Secret): void;
  /** Told of the answer's headers, with the provider whose they are. */
  onHeaders(provider: Provider, headers: HeaderFields): void;
  /** Told at the first content. */
  onContent(): void;
}

/** Sends a request to one account, and its answer to the client as soon as it has content. */
export async function send(sending: Sending): Promise<AttemptResult> {
  const { parts, exchange, pool, candidate, attempts } = sending;
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
  sending.onSecret(secret);
  const { firstByteMs, idleMs } = sending.limits ?? parts.settings();
  const authorization = provider.authorize(protocol.name, secret);
  return attempt({
    protocol,
    inArray: pool.peeked.inArray === true,
    upstream: parts.upstream,
    reply,
    model: candidate.model,
    now: parts.now,
    classify: (answer) => classifyWithout(secret, provider, answer),
    deadline: sending.deadline,
    onHeaders: (headers) => sending.onHeaders(provider, headers),
    onContent() {
      sending.onContent();
      return ownHeaders(parts, exchange, candidate, attempts);
    },
    request: {
      url: baseUrl + protocol.path(exchange.address, candidate.model),
      method: 'POST',
      headers: requestHeaders(exchange.headers, protocol, authorization, parts.userAgent),
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

/** Who answered, with which model, after how many attempts. */
export function ownHeaders(
  parts: GatewayParts,
  { requestId }: Exchange,
  candidate: Candidate,
  attempts: number,
): readonly string[] {
  return [
    'x-request-id',
    requestId,
    'x-rota-account',
    encodeLabel(parts.describe(candidate.account).label),
    'x-rota-model',
    encodeLabel(candidate.model),
    'x-rota-attempts',
    String(attempts),
  ];
}
