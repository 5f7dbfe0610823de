import type { Account } from '../accounts/account.ts';
import type { ModelDirectory } from '../accounts/model-directory.ts';
import type { TokenSource } from '../accounts/tokens.ts';
import type { Health } from '../rotation/rests.ts';
import { usedNow } from '../rotation/windows.ts';

/** How often an account was asked, how often that failed, and what it cost as far as was told, since the start. */
export interface Counts {
  requests: number;
  failures: number;
  /** Everything that went in, cached or not. */
  inputTokens: number;
  /** Of the input: read from a cache. */
  cacheReadTokens: number;
  outputTokens: number;
}

export function noCounts(): Counts {
  return { requests: 0, failures: 0, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
}

const UNSAVED =
  'Its refreshed token could not be stored yet: it is used from memory and offered to the credential store again. Until that takes it, a crash would need a new sign-in.';

/** One account's part of `GET /-/status`. Names a person or script relies on; no secret. */
export function accountStatus(
  account: Account,
  tokens: TokenSource | undefined,
  directory: ModelDirectory | undefined,
  health: Health,
  counts: Counts | undefined,
  now: number,
): object {
  const rests = restsOf(account.id, health, now);
  const token = tokens?.status(account.id);
  const problem =
    account.needsLogin?.reason ??
    token?.problem ??
    (token?.unsaved === true ? UNSAVED : directory?.problem(account.id));
  const models = directory?.known(account.id)?.length;
  return {
    id: account.id,
    label: account.label,
    provider: account.provider,
    enabled: account.enabled,
    state: stateOf(
      account,
      token?.state ?? 'loading',
      rests.some(({ model }) => model === undefined),
    ),
    ...(problem === undefined ? {} : { problem }),
    ...(models === undefined ? {} : { models }),
    rests,
    windows: windowsOf(account.id, health, now),
    ...(counts ?? noCounts()),
  };
}

function stateOf(account: Account, tokenState: string, isResting: boolean): string {
  if (!account.enabled) return 'disabled';
  if (account.draining === true) return 'draining';
  if (account.needsLogin || tokenState === 'needs-login') return 'needs-login';
  return tokenState === 'ready' && isResting ? 'resting' : tokenState;
}

function restsOf(id: string, health: Health, now: number) {
  return [...health.rests]
    .filter(([key, rest]) => rest.until > now && (key === id || key.startsWith(`${id} `)))
    .map(([key, { kind, detail, until, waitFrom }]) => ({
      kind,
      ...(detail === undefined ? {} : { detail }),
      ...(key === id ? {} : { model: key.slice(id.length + 1) }),
      until: new Date(until).toISOString(),
      ...(waitFrom === undefined ? {} : { waitFrom }),
    }));
}

function windowsOf(id: string, health: Health, now: number) {
  return (health.windows.get(id) ?? []).flatMap((window) => {
    const { name, model, resetsAt } = window;
    const used = usedNow(window, now);
    if (used === undefined) return [];
    return [
      { name, ...(model === undefined ? {} : { model }), used, resetsAt: new Date(resetsAt).toISOString() },
    ];
  });
}
