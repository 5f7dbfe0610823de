import { wordsOf, type Dropped } from '../chat/dropped.ts';
import { RotaError, type Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { AnswerContext } from '../protocols/translator.ts';
import type { Provider, UpstreamAnswer } from '../providers/provider.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { Secret } from '../secret.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { attempt, type AttemptResult } from './attempt.ts';
import { relay, type Carrier } from './carrier.ts';
import type { Exchange, GatewayParts } from './gateway.ts';
import { encodeLabel, requestHeaders } from './headers.ts';
import type { Pool } from './pool-lookup.ts';
import { relayInForm } from './relay-in-form.ts';
import { foreignSpeech, ownSpeech, speechOf } from './speech.ts';
import { translate } from './translation.ts';
import { inVariant } from './variant.ts';

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
  /** Whether this account holds the conversation. */
  readonly isOwner: boolean;
  /** Told of a translation: the upstream's protocol, and what of the request it cannot carry. */
  onTranslated(protocol: string, dropped: readonly Dropped[]): void;
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
  const { account, provider } = pool.serving.find((one) => one.account.id === candidate.account) ?? {};
  const wording = provider && wordingFor(sending, provider);
  if (!provider || !wording) {
    return { kind: 'failed', outcome: { kind: 'capability', scope: 'account-model' } };
  }
  if ('refusal' in wording) return wording;
  const { protocol } = wording;
  const egressProxy = account?.egressProxy;
  const upstream = egressProxy === undefined ? parts.upstream : await parts.upstream.by(egressProxy);
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
    carrier: wording.carrier,
    inArray: wording.inArray,
    upstream,
    reply: exchange.reply,
    model: candidate.model,
    now: parts.now,
    classify: (answer) => classifyWithout(secret, provider, answer),
    deadline: sending.deadline,
    onHeaders: (headers) => sending.onHeaders(provider, headers),
    onContent() {
      sending.onContent();
      return [...ownHeaders(parts, exchange, candidate, attempts), ...droppedHeader(wording.dropped)];
    },
    request: {
      url: wording.url,
      method: exchange.method ?? 'POST',
      headers: requestHeaders(wording.headers, protocol, authorization, parts.userAgent),
      ...(wording.body.length === 0 ? {} : { body: wording.body }),
      firstByteMs,
      idleMs,
    },
  });
}

/** A request as one account is sent it. */
interface Wording {
  /** The upstream's. */
  readonly protocol: Protocol;
  readonly url: string;
  readonly body: Buffer;
  /** The client's, as far as they are about this. */
  readonly headers: HeaderFields;
  readonly carrier: Carrier;
  readonly inArray: boolean;
  readonly dropped: readonly Dropped[];
}

type Unsaid = AttemptResult & { readonly kind: 'failed'; readonly refusal: Failure };

/** The client's own words where the provider speaks its protocol, else a translation. */
function wordingFor(sending: Sending, provider: Provider): Wording | Unsaid | undefined {
  const { exchange, pool, candidate } = sending;
  const { protocol } = exchange;
  const baseUrl = provider.protocols[protocol.name];
  if (baseUrl === undefined) return translated(sending, provider);
  const own = pool.bodyFor(candidate);
  const usual = {
    path: protocol.path(exchange.address, candidate.model),
    body: protocol.withoutForeignState(own, candidate.model),
  };
  const stream = pool.peeked.stream === true;
  return orUnsaid(() => {
    const { path, body } = inVariant(provider, protocol, usual, { model: candidate.model, stream });
    return {
      protocol,
      url: baseUrl + path,
      body,
      headers: exchange.headers,
      carrier: relayFor(sending),
      inArray: pool.peeked.inArray === true,
      dropped: usual.body === own ? [] : [{ name: 'reasoning in history' }],
    };
  });
}

/** What cannot be said to this account is its outcome: another one may take it. */
function orUnsaid(word: () => Wording): Wording | Unsaid {
  try {
    return word();
  } catch (error) {
    if (!(error instanceof RotaError)) throw error;
    const { failure } = error;
    const outcome: Outcome = { kind: 'capability', scope: 'request', detail: failure.message };
    return { kind: 'failed', outcome, refusal: failure };
  }
}

function relayFor(sending: Sending): Carrier {
  const { exchange, pool } = sending;
  const { stream, inArray } = pool.peeked;
  const speech = inArray === true ? undefined : ownSpeech(exchange.protocol);
  if (!speech) return relay;
  const { conversation } = pool;
  return relayInForm(speech, {
    stream: stream === true,
    context: () => answerContext(sending),
    conversation,
  });
}

/** What an answer that we write says of itself. */
function answerContext({ parts, exchange, pool }: Sending): Omit<AnswerContext, 'request'> {
  return {
    id: exchange.requestId.replaceAll(/[^A-Za-z0-9]/g, ''),
    createdAt: Math.floor(parts.now() / 1000),
    model: pool.model,
  };
}

function translated(sending: Sending, provider: Provider): Wording | Unsaid | undefined {
  const { exchange, pool, candidate } = sending;
  const client = speechOf(exchange.protocol);
  const upstream = foreignSpeech(provider);
  if (!client || !upstream) return undefined;
  const context = answerContext(sending);
  const { model } = candidate;
  const { isOwner } = sending;
  const inArray = pool.peeked.inArray === true;
  return orUnsaid(() => {
    const request = pool.conversation();
    const serving = pool.serving.find(({ account }) => account.id === candidate.account);
    const outputLimit = serving?.outputLimits?.get(model);
    const translation = translate({
      client,
      upstream,
      request,
      model,
      outputLimit,
      isOwner,
      context,
      inArray,
    });
    const { protocol } = upstream;
    const { path, body } = inVariant(provider, protocol, translation, { model, stream: request.stream });
    sending.onTranslated(protocol.name, translation.dropped);
    return {
      protocol,
      url: (provider.protocols[protocol.name] ?? '') + path,
      body,
      headers: { 'content-type': 'application/json' },
      carrier: translation.carrier,
      inArray: false,
      dropped: translation.dropped,
    };
  });
}

/** What a translation could not carry. */
function droppedHeader(dropped: readonly Dropped[]): readonly string[] {
  if (dropped.length === 0) return [];
  return ['x-rota-dropped', dropped.map((one) => encodeLabel(wordsOf(one))).join(', ')];
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
