import type { SignInAnswer } from '../oauth/types.ts';
import { bearer } from './authorization.ts';
import { classifyWith, row } from './classify.ts';
import { parseErrorBody, type ErrorObject } from './error-object.ts';
import { fieldsOf, textOf, type Fields } from './json-fields.ts';
import { parseOpenAiModels } from './models.ts';
import type { Identity, Provider, UpstreamAnswer } from './provider.ts';

/** openrouter.ai/docs/guides/overview/auth/oauth, openrouter.ai/docs/api/reference/errors-and-debugging */
export const openrouter: Provider = {
  id: 'openrouter',
  label: 'OpenRouter',
  protocols: {
    'openai-chat': 'https://openrouter.ai/api/v1',
    'openai-responses': 'https://openrouter.ai/api/v1',
    'anthropic-messages': 'https://openrouter.ai/api',
  },
  login: [
    {
      kind: 'authorization-code',
      authorizationEndpoint: 'https://openrouter.ai/auth',
      tokenEndpoint: 'https://openrouter.ai/api/v1/auth/keys',
      keyExchange: { callbackParameter: 'callback_url', keyField: 'key' },
    },
    { kind: 'api-key', page: 'https://openrouter.ai/settings/keys' },
  ],
  authorize: (_protocol, secret) => bearer(secret),
  modelList: {
    url: 'https://openrouter.ai/api/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('OpenRouter', body),
  },
  identify,
  classify: (answer) => classifyWith([flaggedInput], withOwnHeaders(answer)),
  terms: {
    kind: 'restricted',
    note: 'OpenRouter does not allow several accounts to be used to get past its rate limits.',
    link: 'https://openrouter.ai/terms',
    checked: '2026-11-20',
  },
};

/** The exchange for a key also tells whose it is; a pasted key does not. */
function identify(answer: SignInAnswer): Identity {
  const id = answer.kind === 'key' ? textOf(answer.fields['user_id']) : undefined;
  return id === undefined ? {} : { id };
}

/** A 403 that gives the reasons of a moderation is about the input, not about the account. */
const flaggedInput = row(
  'the input was flagged',
  (answer) => answer.status === 403 && Array.isArray(metadataOf(answer.error)['reasons']),
  'request',
  'request',
);

function metadataOf(error: ErrorObject): Fields {
  return fieldsOf(error.fields['metadata']);
}

/** OpenRouter repeats the `X-RateLimit-*` of its own 429 in the body, where it also puts them when they do not come as headers. */
function withOwnHeaders(answer: UpstreamAnswer): UpstreamAnswer {
  const repeated = Object.entries(fieldsOf(metadataOf(parseErrorBody(answer.body))['headers']))
    .filter(([name]) => /^x-ratelimit-/i.test(name))
    .map(
      ([name, value]) =>
        [name.toLowerCase(), typeof value === 'number' ? String(value) : (textOf(value) ?? '')] as const,
    );
  return { ...answer, headers: { ...Object.fromEntries(repeated), ...answer.headers } };
}
