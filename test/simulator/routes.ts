import type { IncomingHttpHeaders } from 'node:http';
import type { CallKind, Vendor } from './behaviour.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import type { Called, Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import type { ListShape } from './model-lists.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions, openaiEmbeddings } from './openai-texts.ts';
import { openaiResponses } from './openai-responses.ts';
import { publisherModels } from './publisher-models.ts';

export interface Route {
  readonly kind: CallKind;
  readonly method: 'GET' | 'POST';
  readonly vendor: Vendor;
  /** How a `generate` call is read and answered. */
  readonly dialect?: Dialect;
  /** In whose shape a model list is given. */
  readonly shape?: ListShape;
  /** What the path says of a call. */
  readonly called?: Called;
  /** One model of the list. */
  readonly modelId?: string;
}

/** The base paths of providers that speak a vendor's way: what stands in a provider's base URL after the host. */
const BASES: readonly (readonly [path: string, vendor: Vendor])[] = [
  ['', 'openai'],
  ['/v1', 'openai'],
  ['/openai/v1', 'openai'],
  ['/inference/v1', 'openai'],
  ['/api/paas/v4', 'openai'],
  ['/api/v1', 'openrouter'],
  ['/v1beta/openai', 'gemini'],
];

/** Generation below a base path. A further dialect is a file and a line here. */
const GENERATE: readonly (readonly [path: string, dialect: Dialect])[] = [
  ['/chat/completions', openaiChat],
  ['/responses', openaiResponses],
  ['/completions', openaiCompletions],
  ['/embeddings', openaiEmbeddings],
];

const FIXED: ReadonlyMap<string, Route> = new Map([
  ...BASES.flatMap(([base, vendor]): [string, Route][] => [
    ...GENERATE.map(([path, dialect]): [string, Route] => [
      base + path,
      { kind: 'generate', method: 'POST', vendor, dialect },
    ]),
    [
      `${base}/models`,
      { kind: 'models', method: 'GET', vendor, shape: vendor === 'gemini' ? 'openai' : vendor },
    ],
  ]),
  ...['', '/anthropic', '/api'].flatMap((base): [string, Route][] => {
    const vendor = base === '/api' ? 'openrouter' : 'anthropic';
    const common = { method: 'POST', vendor, dialect: anthropicMessages } as const;
    return [
      [`${base}/v1/messages`, { kind: 'generate', ...common }],
      [`${base}/v1/messages/count_tokens`, { kind: 'count', ...common }],
    ];
  }),
  [
    '/v1/responses/input_tokens',
    { kind: 'count', method: 'POST', vendor: 'openai', dialect: openaiResponses },
  ],
  ['/v1beta/models', { kind: 'models', method: 'GET', vendor: 'gemini', shape: 'gemini' }],
  [
    '/v1beta1/publishers/google/models',
    { kind: 'models', method: 'GET', vendor: 'gemini', shape: 'publisher' },
  ],
  ['/api/v1/key', { kind: 'key', method: 'GET', vendor: 'openrouter' }],
  ['/api/v1/auth/keys', { kind: 'exchange', method: 'POST', vendor: 'openrouter' }],
  ['/auth', { kind: 'authorize', method: 'GET', vendor: 'openrouter' }],
]);

/** What a path stands for. OpenAI and Anthropic share `/v1/models`: the header tells them apart. */
export function routeOf(path: string, headers: IncomingHttpHeaders): Route | undefined {
  const route = FIXED.get(path) ?? geminiRoute(path) ?? modelRoute(path);
  if (route?.kind !== 'models' || !path.startsWith('/v1/')) return route;
  const anthropic = headers['anthropic-version'] !== undefined || headers['x-api-key'] !== undefined;
  return anthropic ? { ...route, vendor: 'anthropic', shape: 'anthropic' } : route;
}

/** Gemini's model and method stand in the path, at Vertex AI below the project and in one segment. */
const GEMINI_PATHS: readonly (readonly [RegExp, Dialect])[] = [
  [/^\/v1beta\/models\/(.+):(\w+)$/u, gemini],
  [
    /^\/v1\/projects\/[a-z][a-z0-9-]+\/locations\/[a-z0-9-]+\/publishers\/google\/models\/([^/:]+):(\w+)$/u,
    publisherModels,
  ],
];

function geminiRoute(path: string): Route | undefined {
  const [pattern, dialect] = GEMINI_PATHS.find(([one]) => one.test(path)) ?? [];
  const [, name = '', method = ''] = pattern?.exec(path) ?? [];
  const model = decoded(name);
  const common = { method: 'POST', vendor: 'gemini', ...(dialect && { dialect }) } as const;
  if (model === '') return undefined;
  if (method === 'countTokens') return { kind: 'count', ...common, called: { model } };
  if (method === 'generateContent') return { kind: 'generate', ...common, called: { model, stream: false } };
  return method === 'streamGenerateContent'
    ? { kind: 'generate', ...common, called: { model, stream: true } }
    : undefined;
}

function modelRoute(path: string): Route | undefined {
  const at = path.indexOf('/models/');
  const list = at < 0 ? undefined : FIXED.get(path.slice(0, at + '/models'.length));
  const modelId = decoded(path.slice(at + '/models/'.length));
  return list === undefined || modelId === '' ? undefined : { ...list, modelId };
}

/** Empty where the escapes are broken. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The vendor whose error shape suits a path that is not known. */
export function vendorOf(path: string): Vendor {
  if (path.startsWith('/api/v1')) return 'openrouter';
  if (path.startsWith('/v1beta')) return 'gemini';
  return path.startsWith('/v1/messages') ? 'anthropic' : 'openai';
}

/** The credential as each vendor takes it. */
export function keyOf(vendor: Vendor, headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer (.+)$/iu.exec(headers.authorization ?? '')?.[1];
  const header = {
    openai: 'api-key',
    openrouter: 'api-key',
    anthropic: 'x-api-key',
    gemini: 'x-goog-api-key',
  };
  const own = headers[header[vendor]];
  return bearer ?? (typeof own === 'string' ? own : undefined);
}
