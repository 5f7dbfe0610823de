import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { addAccount } from '../../src/accounts/account-changes.ts';
import type { Account } from '../../src/accounts/account.ts';
import type { OAuthCredential } from '../../src/accounts/credential.ts';
import type { Records } from '../../src/accounts/records.ts';
import type { Scheduler } from '../../src/accounts/scheduler.ts';
import type { CredentialStore } from '../../src/accounts/store/store.ts';
import type { Clock } from '../../src/clock.ts';
import type { Failure, StoreProblem } from '../../src/failure.ts';
import { RotaError } from '../../src/failure.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Fetch } from '../../src/oauth/types.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { Secret } from '../../src/secret.ts';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rota-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface MemoryStore extends CredentialStore {
  readonly items: Map<string, Secret>;
  /** Every `set` that succeeded, in order. */
  readonly written: string[];
  refuseReads: StoreProblem | undefined;
  refuseWrites: StoreProblem | undefined;
}

export function memoryStore(): MemoryStore {
  const items = new Map<string, Secret>();
  const written: string[] = [];
  const refuse = (problem: StoreProblem | undefined): void => {
    if (problem === undefined) return;
    throw new RotaError({ kind: 'store', problem, message: `The keychain says: ${problem}.` });
  };
  return {
    kind: 'os',
    items,
    written,
    refuseReads: undefined,
    refuseWrites: undefined,
    async get(name) {
      refuse(this.refuseReads);
      return items.get(name);
    },
    async set(name, value) {
      refuse(this.refuseWrites);
      items.set(name, value);
      written.push(name);
    },
    async delete(name) {
      refuse(this.refuseWrites);
      return items.delete(name);
    },
    async list() {
      return [...items.keys()];
    },
  };
}

export interface ManualTime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The moments for which something is planned, in milliseconds from the start. */
  planned(): readonly number[];
  /** Moves on and starts what falls due on the way. */
  advance(byMs: number): void;
}

export const START_MS = Date.UTC(2026, 0, 1);

export function manualTime(): ManualTime {
  let nowMs = START_MS;
  const plans = new Map<object, { atMs: number; work: () => void }>();
  return {
    clock: { now: () => nowMs },
    scheduler: {
      at(atMs, work) {
        const key = {};
        plans.set(key, { atMs, work });
        return () => plans.delete(key);
      },
    },
    planned: () => [...plans.values()].map(({ atMs }) => atMs - START_MS).sort((one, other) => one - other),
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const due = [...plans].filter(([, { atMs }]) => atMs <= endMs);
        const [next] = due.sort(([, one], [, other]) => one.atMs - other.atMs);
        if (next === undefined) break;
        const [key, { atMs, work }] = next;
        plans.delete(key);
        nowMs = Math.max(nowMs, atMs);
        work();
      }
      nowMs = endMs;
    },
  };
}

/** Adds an account to the records, as a sign-in would. */
export async function recordAccount(
  records: Records,
  id: string,
  fields: Partial<Account> = {},
): Promise<Account> {
  const label = fields.label ?? id;
  const provider = fields.provider ?? 'acme';
  const addedAt = new Date(START_MS).toISOString();
  const { accounts } = await records.change((content) => {
    const added = addAccount(content, { id, provider, label, addedAt });
    return {
      ...added,
      accounts: added.accounts.map((one) => (one.id === id ? { ...one, ...fields } : one)),
    };
  });
  const account = accounts.find((one) => one.id === id);
  if (account === undefined) throw new Error('the account was not recorded');
  return account;
}

export function oauth(
  accessToken: string,
  fields: { issuedAt?: number; lifeMs?: number; refreshToken?: string } = {},
): OAuthCredential {
  const issuedAt = fields.issuedAt ?? START_MS;
  return {
    kind: 'oauth',
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(fields.refreshToken ?? `refresh-of-${accessToken}`),
    issuedAt,
    expiresAt: issuedAt + (fields.lifeMs ?? 3_600_000),
  };
}

export function provider(fields: Partial<Provider> = {}): Provider {
  return {
    id: 'acme',
    label: 'Acme',
    protocols: {},
    login: [{ kind: 'authorization-code', tokenEndpoint: 'https://acme.example/token', clientId: 'rota' }],
    authorize: (_protocol, secret) => (secret.isEmpty ? {} : { authorization: `Bearer ${secret.reveal()}` }),
    refuseKey: () => undefined,
    identify: () => ({}),
    classify: () => ({ kind: 'transport', scope: 'attempt' }),
    terms: { kind: 'unknown', note: '', checked: '2026-11-20' },
    ...fields,
  };
}

/** A provider whose model list is on a server of the test: `{ "data": [{ "id": … }] }`. */
export function providerAt(baseUrl: string, fields: Partial<Provider> = {}): Provider {
  return provider({
    modelList: {
      url: `${baseUrl}/models`,
      protocol: 'openai-chat',
      parse(body) {
        const { data } = body as { data: { id: string }[] };
        return data.map(({ id }) => ({ id }));
      },
    },
    ...fields,
  });
}

export interface TestServer {
  readonly url: string;
  readonly requests: IncomingMessage[];
}

export async function server(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export const realFetch: Fetch = (url, init) => fetch(url, init);

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: unknown;
}

export function recordingLogger(): { readonly log: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const writer =
    (level: LogLine['level']) =>
    (message: string, fields?: unknown): void => {
      lines.push({ level, message, fields });
    };
  const log: Logger = {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    enabled: () => true,
  };
  return { log, lines };
}

/** What a promise was rejected with, as a plain value. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<Failure> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof RotaError) return error.failure;
    throw error;
  }
  throw new Error('it did not fail');
}
