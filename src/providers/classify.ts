import type { Outcome } from '../outcome.ts';
import { detailOf, isHtml } from './detail.ts';
import { parseErrorBody } from './error-object.ts';
import type { UpstreamAnswer } from './provider.ts';
import type { Refusal } from './refusal.ts';
import { explicitWait, hasRateHeader, headerWait, readWait } from './retry-after.ts';
import { hasCode, isClientError, ofStatus, row, withWait, type SignalRow } from './signal-row.ts';
import { spentWindow } from './spent-window.ts';

/** Money, by code: OpenAI's and its imitators', Anthropic's, Google's. */
const BILLING_CODE =
  /^(?:insufficient_quota|credit_balance_exhausted|.+_spend_limit_(?:exceeded|reached)|organization_usage_limit_exceeded|billing_not_active|billing_hard_limit_reached|billing_error|INSUFFICIENT_G1_CREDITS_BALANCE)$/;
const OVERLOAD_CODE = /^(?:overloaded_error|server_is_overloaded|MODEL_CAPACITY_EXHAUSTED)$/;
/** Of a key, a plan or a resource (Azure) that has no access to the model; OpenAI sends the first with 404 and with 403. */
const CAPABILITY_CODE = /^(?:model_not_found|usage_not_included|DeploymentNotFound)$/;
/** What only the account that made it can read. */
const AFFINITY_CODE = /^(?:invalid_encrypted_content|previous_response_not_found)$/;

/** Rows that tell by more than the status: a code, a header, a reason. */
const SIGNALS: readonly SignalRow[] = [
  row('something that only its owner can read', isForeign, 'affinity', 'request'),
  {
    name: 'a quota window is spent',
    matches: (answer) => answer.status === 429 && spentWindow(answer) !== undefined,
    outcome: (answer) => ({ kind: 'window-spent', scope: 'account', ...spentWindow(answer) }),
  },
  row('credits or a spend limit are gone', isBilling, 'billing', 'account'),
  // No code of its own: one of the two places in the program where a provider's prose decides.
  row('Anthropic: low credit as a 400', isLowCredit, 'billing', 'account'),
  row(
    'Google: a bad key as a 400',
    (answer) => answer.status === 400 && hasCode(answer, /^API_KEY_INVALID$/),
    'auth',
    'account',
  ),
  row('not this model, by code', isCapability, 'capability', 'account-model'),
  {
    name: 'an account is asked to wait for capacity',
    matches: (answer) => answer.status === 503 && headerWait(answer) !== undefined,
    outcome: (answer) => withWait('overload', 'account', headerWait(answer)),
  },
  row('overloaded, by code', isOverload, 'overload', 'provider-model'),
  {
    name: 'a rate limit of an edge network, which knows addresses and no accounts',
    matches: (answer) => answer.status === 429 && isHtml(answer),
    outcome: (answer) => withWait('throttle', 'network', headerWait(answer)),
  },
  {
    name: 'an explicit wait for the account',
    matches: (answer) => answer.status === 429 && headerWait(answer) !== undefined,
    outcome: (answer) => withWait('throttle', 'account', readWait(answer)),
  },
  row('a limiter that knows nothing of the account', isAnonymousThrottle, 'throttle', 'request'),
  row('a page of an edge network', (answer) => answer.status === 403 && isHtml(answer), 'blocked', 'network'),
  row('the model is not there', namesTheModel, 'capability', 'account-model'),
];

const anyOther = row('any other status (520 to 530 are an edge network)', () => true, 'transport', 'attempt');

/** What a status means where nothing else speaks. The last row matches all. */
const STATUSES: readonly SignalRow[] = [
  row('the status alone: the credential is refused', ofStatus(401), 'auth', 'account'),
  row('the status alone: payment is wanted', ofStatus(402), 'billing', 'account'),
  row('the status alone: the account is refused', ofStatus(403), 'policy', 'account'),
  {
    name: 'the status, and the buckets where some are empty',
    matches: ofStatus(429),
    outcome: (answer) => withWait('throttle', 'account-model', readWait(answer)),
  },
  row('the status alone: no capacity', ofStatus(503, 529), 'overload', 'provider-model'),
  row('the status alone: the answer did not arrive', ofStatus(408, 500, 502, 504), 'transport', 'attempt'),
  row('no sign that it is anything but the request', isClientError, 'request', 'request'),
  anyOther,
];

/** The rows that hold for every provider, in order. */
export const sharedRows: readonly SignalRow[] = [...SIGNALS, ...STATUSES];

/** What a refusal teaches, by status, headers and body together; for a provider without habits of its own. */
export function classifyByStatus(answer: UpstreamAnswer): Outcome {
  return classifyWith([], answer);
}

/** The same for a provider with rows of its own, which go first. */
export function classifyWith(own: readonly SignalRow[], answer: UpstreamAnswer): Outcome {
  const refusal = { ...answer, error: parseErrorBody(answer.body) };
  const decisive = [...own, ...sharedRows].find((candidate) => candidate.matches(refusal)) ?? anyOther;
  return {
    ...decisive.outcome(refusal),
    status: answer.status,
    detail: detailOf(refusal),
    signal: decisive.name,
  };
}

/**
 * A 429 that is nothing worse than a rate limit, and says how long: for providers that count each model apart, so that only
 * the pair of account and model rests.
 */
export const throttlePerModel: SignalRow = {
  name: 'an explicit wait for the account and model',
  matches: (answer) =>
    isPlainLimit(answer) && explicitWait(answer) !== undefined && spentWindow(answer) === undefined,
  outcome: (answer) => withWait('throttle', 'account-model', readWait(answer)),
};

/** A 429 that no code calls anything worse than a limit. */
export function isPlainLimit(answer: Refusal): boolean {
  return (
    answer.status === 429 &&
    !isHtml(answer) &&
    !isBilling(answer) &&
    !isCapability(answer) &&
    !isOverload(answer)
  );
}

function isForeign(answer: Refusal): boolean {
  return ofStatus(400, 404)(answer) && hasCode(answer, AFFINITY_CODE);
}

function isBilling(answer: Refusal): boolean {
  return ofStatus(400, 402, 403, 429)(answer) && hasCode(answer, BILLING_CODE);
}

function isOverload(answer: Refusal): boolean {
  return (answer.status === 429 || answer.status >= 500) && hasCode(answer, OVERLOAD_CODE);
}

function isCapability(answer: Refusal): boolean {
  return ofStatus(403, 404, 429)(answer) && hasCode(answer, CAPABILITY_CODE);
}

function isLowCredit(answer: Refusal): boolean {
  if (answer.status !== 400 || !hasCode(answer, /^invalid_request_error$/)) return false;
  return /credit balance is too low/i.test(answer.error.message ?? '');
}

function isAnonymousThrottle(answer: Refusal): boolean {
  return (
    answer.status === 429 &&
    answer.headers['x-should-retry'] === 'true' &&
    !hasRateHeader(answer) &&
    readWait(answer) === undefined
  );
}

/**
 * A 404 whose body contains the id of the model that was asked for (possibly as the beginning of a dated one). A page of HTML names it only because it
 * repeats the address: then the address is wrong, whichever account asks.
 */
function namesTheModel(answer: Refusal): boolean {
  if (answer.status !== 404 || answer.model === '' || isHtml(answer)) return false;
  const id = answer.model.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<!\w)${id}(?![A-Za-z0-9])`).test(
    answer.body.replaceAll(String.raw`\/`, '/'),
  );
}
