import type { Simulator } from '../simulator/simulator.ts';
import { eventsOf, open, send, type Opened, type Received } from './client.ts';
import { stage, type Scene, type SceneOptions } from './scene.ts';

export type ErrorKind =
  'wrongKey' | 'forbidden' | 'notFound' | 'invalid' | 'tooLarge' | 'quota' | 'server' | 'overload';

/** What a client of one protocol does, as far as tests of all protocols alike need it. */
export interface Spoken {
  readonly name: string;
  /** As the recorded answers call it. */
  readonly short: string;
  readonly model: string;
  /** Below the address of Rota. */
  path(stream: boolean): string;
  body(stream: boolean): object;
  headers(key: string): Record<string, string>;
  /** The place in a simulated stream after which content has been sent. */
  readonly contentEvents: number;
  /** The status that says an overload. */
  readonly overload: number;
  /** The type that an error body has for a failure. */
  readonly errorType: Readonly<Record<ErrorKind, string>>;
  /** The error's type and words in a body, or in the data of an event. */
  readError(text: string): { readonly type: unknown; readonly message: unknown };
  /** Whether an event is one that ends a good stream. */
  isEnd(data: string): boolean;
}

const hello = { role: 'user', content: 'Hello' };

function memberOf(text: string, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    JSON.parse(text),
  );
}

export const chat: Spoken = {
  name: 'openai-chat',
  short: 'chat',
  model: 'gpt-5.5',
  path: () => '/v1/chat/completions',
  body: (stream) => ({ model: 'gpt-5.5', messages: [hello], stream }),
  headers: (key) => ({ authorization: `Bearer ${key}` }),
  contentEvents: 3,
  overload: 503,
  errorType: {
    wrongKey: 'invalid_request_error',
    notFound: 'invalid_request_error',
    invalid: 'invalid_request_error',
    tooLarge: 'invalid_request_error',
    forbidden: 'permission_error',
    server: 'server_error',
    quota: 'rate_limit_error',
    overload: 'service_unavailable_error',
  },
  readError: (text) => ({
    type: memberOf(text, 'error', 'type'),
    message: memberOf(text, 'error', 'message'),
  }),
  isEnd: (data) => data === '[DONE]',
};

export const messages: Spoken = {
  name: 'anthropic-messages',
  short: 'messages',
  model: 'claude-opus-5-5',
  path: () => '/v1/messages?beta=true',
  body: (stream) => ({ model: 'claude-opus-5-5', max_tokens: 64, messages: [hello], stream }),
  headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  contentEvents: 5,
  overload: 529,
  errorType: {
    wrongKey: 'authentication_error',
    notFound: 'not_found_error',
    invalid: 'invalid_request_error',
    tooLarge: 'request_too_large',
    forbidden: 'permission_error',
    server: 'api_error',
    quota: 'rate_limit_error',
    overload: 'overloaded_error',
  },
  readError: (text) => ({
    type: memberOf(text, 'error', 'type'),
    message: memberOf(text, 'error', 'message'),
  }),
  isEnd: (data) => memberOf(data, 'type') === 'message_stop',
};

export const responses: Spoken = {
  ...chat,
  name: 'openai-responses',
  short: 'responses',
  path: () => '/v1/responses',
  body: (stream) => ({ model: chat.model, input: [hello], stream, store: false }),
  contentEvents: 6,
  readError(text) {
    const error = memberOf(text, 'error') ?? memberOf(text, 'response', 'error');
    return { type: undefined, message: undefined, ...(error as object) };
  },
  isEnd: (data) => memberOf(data, 'type') === 'response.completed',
};

export const gemini: Spoken = {
  name: 'gemini',
  short: 'gemini',
  model: 'gemini-3.8-flash',
  path: (stream) =>
    `/v1beta/models/gemini-3.8-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: () => ({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }),
  headers: (key) => ({ 'x-goog-api-key': key }),
  contentEvents: 2,
  overload: 503,
  errorType: {
    wrongKey: 'UNAUTHENTICATED',
    notFound: 'NOT_FOUND',
    invalid: 'INVALID_ARGUMENT',
    tooLarge: 'INVALID_ARGUMENT',
    forbidden: 'PERMISSION_DENIED',
    server: 'UNAVAILABLE',
    quota: 'RESOURCE_EXHAUSTED',
    overload: 'UNAVAILABLE',
  },
  readError: (text) => ({
    type: memberOf(text, 'error', 'status'),
    message: memberOf(text, 'error', 'message'),
  }),
  isEnd: (data) => data.includes('"finishReason":"STOP"'),
};

export const spoken: readonly Spoken[] = [chat, messages, responses, gemini];

/** Accounts of a provider that speaks all protocols. */
export interface RelayScene extends Scene {
  ask(of: Spoken, more?: RelayAsk): Promise<Received>;
  watch(of: Spoken, more?: RelayAsk): Promise<Opened>;
}

export interface RelayAsk {
  readonly stream?: boolean;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  /** In place of the protocol's own way to send the key. */
  readonly key?: Record<string, string>;
}

/** @param only the protocols that the accounts' provider has; all where it is left out */
export async function relayStage({
  only,
  ...options
}: SceneOptions & { readonly only?: readonly string[] } = {}): Promise<RelayScene> {
  const models = options.models ?? spoken.map(({ model }) => model);
  const accounts = (options.accounts ?? ['one', 'two']).map((one) =>
    typeof one === 'string' ? { label: one, provider: 'lab', models } : { provider: 'lab', models, ...one },
  );
  const settings = (simulator: Simulator) => ({
    ...(typeof options.settings === 'function' ? options.settings(simulator) : options.settings),
    providers: {
      lab: {
        models,
        protocols: Object.fromEntries(
          Object.entries({
            'openai-chat': `${simulator.url}/v1`,
            'openai-responses': `${simulator.url}/v1`,
            'anthropic-messages': simulator.url,
            gemini: simulator.url,
          }).filter(([name]) => only?.includes(name) ?? true),
        ),
      },
    },
  });
  const scene = await stage({ ...options, accounts, settings });
  const sent = (of: Spoken, { stream = false, path, method, body, headers, key }: RelayAsk) => ({
    url: scene.rota.url + (path ?? of.path(stream)),
    sent: {
      ...(method === undefined ? {} : { method }),
      headers: { 'content-type': 'application/json', ...(key ?? of.headers(scene.rota.key)), ...headers },
      ...(method === 'GET' ? {} : { body: body ?? JSON.stringify(of.body(stream)) }),
    },
  });
  const extra: Pick<RelayScene, 'ask' | 'watch'> = {
    async ask(of, more = {}) {
      const call = sent(of, more);
      return send(call.url, call.sent);
    },
    async watch(of, more = {}) {
      const call = sent(of, { stream: true, ...more });
      return open(call.url, call.sent);
    },
  };
  return Object.assign(Object.create(scene) as Scene, extra);
}

/** The data of each event, whatever other lines it has. */
export function dataOf(text: string): readonly string[] {
  return eventsOf(text.replaceAll(/^event: .*\n/gmu, ''));
}
