import type { Failure } from '../failure.ts';

type Exhausted = Failure & { readonly kind: 'exhausted' };

/** Two SDKs sleep for as long as they are told; the true time stands in the body and in `x-rota-retry-at`. */
export const MAX_RETRY_AFTER_S = 60;

/** When to come back, as headers that SDKs obey. `x-should-retry: false` only where waiting a minute cannot help. */
export function retryHeaders(
  { retryAt, cause }: Pick<Exhausted, 'retryAt' | 'cause'>,
  now: number,
): Record<string, string> {
  if (retryAt === undefined) return { 'x-should-retry': 'false' };
  const waitS = Math.max(1, Math.ceil((retryAt - now) / 1000));
  const isFar = waitS > MAX_RETRY_AFTER_S || cause === 'needs-login' || cause === 'refused';
  return {
    'retry-after': String(Math.min(waitS, MAX_RETRY_AFTER_S)),
    'x-rota-retry-at': new Date(retryAt).toISOString(),
    ...(isFar ? { 'x-should-retry': 'false' } : {}),
  };
}

/** Each account with its reason and its true time, for programs. */
export function reasonsOf({ retryAt, accounts }: Exhausted): object {
  return {
    retry_at: iso(retryAt),
    accounts: accounts.map(({ retryAt: accountRetryAt, waitFrom, ...account }) => ({
      ...account,
      retry_at: iso(accountRetryAt),
      ...(waitFrom === undefined ? {} : { wait_from: waitFrom }),
    })),
  };
}

function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
