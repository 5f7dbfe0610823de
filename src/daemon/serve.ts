import { setTimeout as delay } from 'node:timers/promises';
import type { KnownNames } from '../config/validate.ts';
import type { Settings } from '../config/settings.ts';
import { watchSettings } from '../config/watch.ts';
import { RotaError } from '../failure.ts';
import { startDaemon, type Daemon, type DaemonParts } from './daemon.ts';

export interface ServeParts extends Omit<DaemonParts, 'host' | 'port' | 'settings'> {
  readonly names: KnownNames;
  /** As loaded at the start. */
  readonly first: Settings;
  /** From the command line; outranks the settings. */
  readonly host?: string;
  readonly port?: number;
  /** Told before changed settings count, so that what is made from them can be made anew. */
  onSettings(settings: Settings): void;
  /** The first line on stdout, which scripts wait for. */
  announce(line: string): void;
}

/** Requests under way get this long to finish after the first signal. */
const GRACE_MS = 30_000;
const HOLDER_MS = 2000;

/** Runs the proxy until `signal` aborts. @throws RotaError where it cannot start, or its credential store cannot be used */
export async function serve(parts: ServeParts, signal: AbortSignal): Promise<void> {
  let settings = parts.first;
  const host = parts.host ?? settings.listen.host;
  const port = parts.port ?? settings.listen.port;
  const daemon = await start({ ...parts, host, port, settings: () => settings });
  parts.announce(`Rota is listening on ${daemon.url}`);
  if (!isLoopback(host)) {
    parts.log.warn('everyone who reaches this address and has the key can use your accounts', { host });
  }
  const stopWatching = watchSettings(parts.paths, parts.names, {
    current: settings,
    onChange: async (next) => {
      if (next.listen.host !== settings.listen.host || next.listen.port !== settings.listen.port) {
        parts.log.warn('a changed address or port counts from the next start on');
      }
      settings = next;
      parts.onSettings(next);
      await daemon.settingsChanged();
      parts.log.info('the settings were read again');
    },
    onProblem: ({ message }) => parts.log.error(message),
  });
  const over = new AbortController();
  try {
    await Promise.race([ended(AbortSignal.any([signal, over.signal])), daemon.failed]);
    parts.log.info('shutting down: requests under way may finish', { atMostS: GRACE_MS / 1000 });
  } finally {
    // What waits for the signal would keep the process alive after a failure.
    over.abort();
    stopWatching();
    await daemon.close(GRACE_MS);
  }
}

async function start(parts: DaemonParts): Promise<Daemon> {
  try {
    return await startDaemon(parts);
  } catch (error) {
    if (!(error instanceof RotaError) || error.failure.kind !== 'port-taken') {
      throw unbindable(error, parts);
    }
    const { port } = error.failure;
    const holder = await holderOf(parts.host, port);
    const message = `Port ${port} is taken by ${holder}. Use that one, end it, or choose another port with --port.`;
    throw new RotaError({ kind: 'port-taken', port, message }, { cause: error });
  }
}

function unbindable(error: unknown, { host, port }: DaemonParts): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof RotaError || code === undefined) return error;
  const message = `${host}:${port} cannot be listened on (${code}). Choose another address with --host or --port.`;
  return new RotaError({ kind: 'settings', key: 'listen', message }, { cause: error });
}

/** Another Rota says so itself. */
async function holderOf(host: string, port: number): Promise<string> {
  const name = host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(HOLDER_MS) });
    const health = (await answer.json()) as { name?: unknown; pid?: unknown; startedAt?: unknown } | null;
    if (health?.name === 'rota')
      return `another Rota (process ${String(health.pid)}, since ${String(health.startedAt)})`;
  } catch {
    // Whatever listens there does not speak as we do.
  }
  return 'another program';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function ended(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await delay(2 ** 30, undefined, { signal }).catch(() => undefined);
}
