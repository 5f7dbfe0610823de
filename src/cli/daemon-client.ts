import type { Fetch } from '../oauth/types.ts';
import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import type { DaemonClient, DaemonStatus, RunningDaemon, WhyAnswer } from './context.ts';

export interface DaemonClientParts {
  /** What the daemon wrote down when it started; its process may be gone. */
  find(): Promise<RunningDaemon | undefined>;
  adminKey(): Promise<Secret>;
  readonly fetch: Fetch;
}

const ASK_MS = 10_000;

/** Speaks to the daemon beside this command over its control routes. */
export function daemonClient({ find, adminKey, fetch }: DaemonClientParts): DaemonClient {
  async function running(): Promise<RunningDaemon | undefined> {
    const daemon = await find();
    if (!daemon) return undefined;
    try {
      const answer = await fetch(`${daemon.url}/healthz`, {
        method: 'GET',
        headers: {},
        signal: AbortSignal.timeout(ASK_MS),
      });
      const health = (await answer.json()) as { name?: unknown; pid?: unknown } | null;
      return health?.name === 'rota' && health.pid === daemon.pid ? daemon : undefined;
    } catch {
      return undefined;
    }
  }

  async function ask<Answer = DaemonStatus>(method: string, path: string): Promise<Answer | undefined> {
    const daemon = await running();
    if (!daemon) return undefined;
    const headers = { authorization: `Bearer ${(await adminKey()).reveal()}` };
    const answer = await fetch(daemon.url + path, { method, headers, signal: AbortSignal.timeout(ASK_MS) });
    if (answer.ok) return (await answer.json()) as Answer;
    const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    const message = body?.error?.message ?? `The daemon answered ${answer.status}.`;
    throw new RotaError({ kind: 'no-daemon', message });
  }

  return {
    find: running,
    status: () => ask('GET', '/-/status'),
    reset(id, model) {
      const query = new URLSearchParams({
        ...(id === undefined ? {} : { account: id }),
        ...(model === undefined ? {} : { model }),
      });
      return ask('POST', query.size === 0 ? '/-/reset' : `/-/reset?${query.toString()}`);
    },
    why: (request) =>
      ask<WhyAnswer>(
        'GET',
        request === undefined ? '/-/why' : `/-/why?request=${encodeURIComponent(request)}`,
      ),
    async reload() {
      await ask('POST', '/-/reload').catch(() => undefined);
    },
  };
}
