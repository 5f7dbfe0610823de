import type { Failure, SpentAccount } from '../failure.ts';
import type { Verdict } from '../rotation/verdict.ts';

const inWords: Readonly<Record<string, string>> = {
  throttle: 'rate limited',
  'window-spent': 'its quota is used up',
  billing: 'out of credit',
  overload: 'the provider is overloaded',
  transport: 'the upstream does not answer properly',
  slow: 'the upstream is too slow',
  blocked: 'the network between here and the provider refuses us',
  empty: 'the upstream answers with nothing',
  auth: 'its credential was refused',
  policy: 'the provider refuses the account',
  capability: 'it does not have the model',
  request: 'the request was refused',
  affinity: 'the conversation leans on what only another account can read',
  'needs-login': 'it needs a new sign-in',
  disabled: 'it is disabled',
  draining: 'it takes no new conversation',
  busy: 'it has as many requests under way as it may',
};

/** Names an account and its provider by id. */
export type Describe = (accountId: string) => { readonly label: string; readonly provider: string };

/** The answer when no account is left: each one's reason, and the way on. */
export function exhaustedFailure(
  model: string,
  verdict: Verdict,
  barred: readonly SpentAccount[],
  describe: Describe,
  now: number,
): Failure {
  const spent = verdict.reasons.map((reason): SpentAccount => {
    const { label, provider } = describe(reason.account);
    return {
      account: label,
      provider,
      reason: reason.kind,
      ...(reason.model === model ? {} : { model: reason.model }),
      ...(reason.detail === undefined ? {} : { detail: reason.detail }),
      ...(reason.retryAt === undefined ? {} : { retryAt: reason.retryAt }),
      ...(reason.waitFrom === undefined ? {} : { waitFrom: reason.waitFrom }),
    };
  });
  const accounts = [...spent, ...barred];
  if (accounts.length > 0 && accounts.every(({ reason }) => reason === 'capability')) {
    const list = accounts.map((account) => sentence(account, now)).join('; ');
    const message = `No account has the model '${model}' after all: ${list}.`;
    return { kind: 'model-not-found', model, near: [], message };
  }
  const cause = spent.length === 0 ? 'needs-login' : verdict.cause;
  const list = accounts.map((account) => sentence(account, now)).join('; ');
  const message = `No account can answer for '${model}' now: ${list}. ${wayOn(cause, accounts)}`;
  return {
    kind: 'exhausted',
    message,
    cause,
    accounts,
    ...(verdict.retryAt === undefined || spent.length === 0 ? {} : { retryAt: verdict.retryAt }),
  };
}

function sentence({ account, provider, model, reason, detail, retryAt }: SpentAccount, now: number): string {
  const why = inWords[reason] ?? reason;
  const until = retryAt === undefined ? '' : `, again in ${duration(retryAt - now)}`;
  const said = detail === undefined ? '' : ` ("${detail}")`;
  const what = model === undefined ? provider : `${provider}, ${model}`;
  return `${account} (${what}): ${why}${said}${until}`;
}

function wayOn(cause: string, accounts: readonly SpentAccount[]): string {
  if (cause === 'needs-login') {
    const first = accounts.find(({ reason }) => reason === 'needs-login' || reason === 'auth');
    if (!first) return 'Enable one with `proxy accounts enable <account>`.';
    return `Sign in again: \`proxy login ${first.provider}\`.`;
  }
  const isAllDraining = accounts.length > 0 && accounts.every(({ reason }) => reason === 'draining');
  if (isAllDraining) return 'Let one take new conversations again with `proxy accounts enable <account>`.';
  if (cause === 'refused') return 'Ask the provider, or sign in to another account with `proxy login`.';
  return 'Wait, or sign in to another account with `proxy login`.';
}

/** A duration as people say it: `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
