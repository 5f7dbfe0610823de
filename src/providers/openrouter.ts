import type { SignInAnswer } from '../oauth/types.ts';
import { bearer } from './authorization.ts';
import { classifyWith } from './classify.ts';
import { parseErrorBody, type ErrorObject } from './error-object.ts';
import type { QuotaWindow } from '../outcome.ts';
import { upstreamNow, waitOf } from './hints.ts';
import { fieldsOf, textOf, type Fields } from './json-fields.ts';
import { parseOpenAiModels } from './models.ts';
import type { AnswerHeaders, Identity, Provider, UpstreamAnswer } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import type { Refusal } from './refusal.ts';
import { refuseReserved } from './reserved-key.ts';
import { emptyBucketWait, headerWait } from './retry-after.ts';
import { row, withWait, type SignalRow } from './signal-row.ts';
import { untilResetMs } from './wait-values.ts';

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
    { kind: 'api-key', page: 'https://openrouter.ai/settings/keys', variable: 'OPENROUTER_API_KEY' },
  ],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://openrouter.ai/api/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('OpenRouter', body),
  },
  probe: { url: 'https://openrouter.ai/api/v1/key', protocol: 'openai-chat' },
  identify,
  classify: (answer) => classifyWith(ownRows, withOwnHeaders(answer)),
  quota,
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

/** Its own daily limits begin anew at midnight UTC, its limits of a minute within the minute. */
const MIN_DAILY_WAIT_MS = 3_600_000;

/** Who set a limit that is used up: the account, a workspace or a guardrail with a budget, or the key. */
const BUDGET_SOURCE = /^openrouter_(?:guardrail_budget|workspace_budget|key_limit)$/;

const ownRows: readonly SignalRow[] = [
  row(
    'the input was flagged',
    // A 403 that gives the reasons of a moderation is about the input, not about the account.
    (answer) => answer.status === 403 && Array.isArray(metadataOf(answer.error)['reasons']),
    'request',
    'request',
  ),
  {
    name: 'a budget is spent until its reset',
    matches: (answer) => answer.status === 403 && BUDGET_SOURCE.test(limitSourceOf(answer)),
    outcome: (answer) => {
      const reset = untilResetMs(metadataOf(answer.error)['resets_at'], upstreamNow(answer));
      const wait = waitOf(reset, 'resets_at');
      return withWait(wait === undefined ? 'billing' : 'window-spent', 'account', wait);
    },
  },
  {
    name: 'the requests under way already cost what may be spent at once',
    matches: (answer) => answer.status === 402 && limitSourceOf(answer) === 'openrouter_in_flight_budget',
    outcome: (answer) => withWait('throttle', 'account', headerWait(answer)),
  },
  row(
    'the provider behind it refuses the model',
    (answer) => answer.status === 403 && isFromBehind(answer),
    'capability',
    'account-model',
  ),
  row(
    'the provider behind it is at its limit, which all accounts share',
    (answer) => answer.status === 429 && isFromBehind(answer),
    'overload',
    'provider-model',
  ),
  {
    name: 'the free requests of the day are spent',
    matches: (answer) => answer.status === 429 && (emptyBucketWait(answer)?.waitMs ?? 0) > MIN_DAILY_WAIT_MS,
    outcome: (answer) => withWait('window-spent', 'account-model', emptyBucketWait(answer)),
  },
];

/** A refusal that OpenRouter only hands on, unless it is of the user's own key at that provider. */
function isFromBehind(answer: Refusal): boolean {
  const { provider_name: name, is_byok: isOwnKey } = metadataOf(answer.error);
  return textOf(name) !== undefined && isOwnKey !== true;
}

function limitSourceOf(answer: Refusal): string {
  return textOf(metadataOf(answer.error)['limit_source']) ?? '';
}

/** Only its own 429 has the headers, and one bucket: of a minute, or of a day. */
function quota(headers: AnswerHeaders, now: number): readonly QuotaWindow[] {
  return bucketWindows(headers, now).map((window) =>
    window.resetsAt - now > MIN_DAILY_WAIT_MS ? { ...window, refill: 'at-once' } : window,
  );
}

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
