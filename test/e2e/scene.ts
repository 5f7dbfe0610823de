import OpenAI from 'openai';
import { expect, onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { Call } from '../simulator/calls.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts';
import { open, send, type Opened, type Received } from './client.ts';
import { startRota, type Rota, type RotaOptions, type TestAccount } from './rota.ts';

export const MODEL = 'gpt-5.5';
export const HELLO = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };

/** Time as a test wants it: it stands still until it is told to go on, or runs where it is told to run. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

/** @param now where it stands at first, in milliseconds since the epoch */
export function standingClock(now = Date.now()): TestClock {
  return { now: () => now, advance: (milliseconds) => void (now += milliseconds) };
}

export function runningClock(): TestClock {
  let ahead = 0;
  return { now: () => Date.now() + ahead, advance: (milliseconds) => void (ahead += milliseconds) };
}

export interface SceneOptions {
  /** Default: `one` and `two`. Their keys are `key-one` and so on. */
  readonly accounts?: readonly (
    string | (Omit<TestAccount, 'key'> & { readonly models?: readonly string[] })
  )[];
  /** Default: fill-first without affinity, so that the first account is asked first. */
  readonly settings?: object | ((simulator: Simulator) => object);
  readonly models?: readonly string[];
  readonly clock?: TestClock;
  readonly simulator?: SimulatorOptions;
  readonly parts?: RotaOptions['parts'];
  readonly beforeStart?: RotaOptions['beforeStart'];
  /** Takes what is to be done at the end; default: the end of the test. */
  readonly whenOver?: (clean: () => Promise<void>) => void;
}

export interface RestSeen {
  readonly kind: string;
  readonly model?: string;
  readonly waitMs: number;
}

export interface AccountSeen {
  readonly label: string;
  readonly state: string;
  readonly rests: readonly RestSeen[];
  readonly requests: number;
  readonly failures: number;
}

/** Simulated accounts, a daemon before them, and a client. All is closed after the test, and no call was out of order. */
export interface Scene {
  readonly simulator: Simulator;
  readonly rota: Rota;
  readonly clock: TestClock;
  /** Labels of the accounts that were asked to generate, in order. */
  asked(): readonly string[];
  chat(more?: object, headers?: Record<string, string>): Promise<Received>;
  /** A body that is sent as it is. */
  post(body: string | Buffer, headers?: Record<string, string>): Promise<Received>;
  open(more?: object, headers?: Record<string, string>): Promise<Opened>;
  get(path: string): Promise<Received>;
  account(label: string): Promise<AccountSeen>;
  /** Ends the daemon and starts another one on the same records. */
  restart(): Promise<void>;
  /** A call of an account to generate, now or later. */
  call(label: string, fits?: (call: Call) => boolean): Promise<Call>;
  sdk(): OpenAI;
}

const firstGoesFirst = { routing: { strategy: 'fill-first', affinity: false } };

export async function stage(options: SceneOptions = {}): Promise<Scene> {
  const clock = options.clock ?? runningClock();
  const whenOver = options.whenOver ?? onTestFinished;
  const simulator = await startSimulator(options.simulator);
  whenOver(async () => simulator.close());
  const models = options.models ?? [MODEL];
  const accounts = (options.accounts ?? ['one', 'two']).map((given) => {
    const { models: own, ...account } = typeof given === 'string' ? { label: given, models } : given;
    const key = `key-${encodeURIComponent(account.label)}`;
    if (account.upstream === undefined)
      simulator.account(key, { label: account.label, models: own ?? models });
    return { ...account, key };
  });
  const own = typeof options.settings === 'function' ? options.settings(simulator) : options.settings;
  const { parts, beforeStart } = options;
  const common = {
    upstream: `${simulator.url}/v1`,
    accounts,
    settings: { ...firstGoesFirst, ...own },
    clock,
    random: () => 0,
    ...(parts ? { parts } : {}),
    ...(beforeStart ? { beforeStart } : {}),
  };
  let rota = await startRota(common);
  whenOver(async () => {
    await rota.close();
    expect(simulator.unexpected).toEqual([]);
  });

  const authorization = (key: string) => ({ authorization: `Bearer ${key}` });
  const posted = (body: string | Buffer, headers: Record<string, string> = {}) => ({
    headers: { 'content-type': 'application/json', ...authorization(rota.key), ...headers },
    body,
  });
  const chatUrl = () => `${rota.url}/v1/chat/completions`;
  return {
    simulator,
    get rota() {
      return rota;
    },
    clock,
    asked: () => generations(simulator).map(({ label }) => label ?? 'nobody'),
    chat: async (more = {}, headers) =>
      send(chatUrl(), posted(JSON.stringify({ ...HELLO, ...more }), headers)),
    post: async (body, headers) => send(chatUrl(), posted(body, headers)),
    open: async (more = {}, headers) =>
      open(chatUrl(), posted(JSON.stringify({ ...HELLO, ...more }), headers)),
    get: async (path) => send(rota.url + path, { method: 'GET', headers: authorization(rota.key) }),
    async account(label) {
      const answer = await send(`${rota.url}/-/status`, {
        method: 'GET',
        headers: authorization(rota.adminKey),
      });
      const { accounts: seen } = JSON.parse(answer.text) as { accounts: readonly StatusAccount[] };
      const account = seen.find((one) => one.label === label);
      if (account === undefined) throw new Error(`The status has no account ${label}.`);
      const now = clock.now();
      const rests = account.rests.map(({ kind, model, until }) => ({
        kind,
        ...(model === undefined ? {} : { model }),
        waitMs: Date.parse(until) - now,
      }));
      return { ...account, rests };
    },
    async restart() {
      await rota.stop();
      rota = await startRota({ ...common, from: rota });
    },
    call: async (label, fits = () => true) =>
      simulator.waitForCall((call) => call.kind === 'generate' && call.label === label && fits(call)),
    sdk: () => new OpenAI({ apiKey: rota.key, baseURL: `${rota.url}/v1`, maxRetries: 0 }),
  };
}

interface StatusAccount extends Omit<AccountSeen, 'rests'> {
  readonly rests: readonly { readonly kind: string; readonly model?: string; readonly until: string }[];
}

export function generations(simulator: Simulator): readonly Call[] {
  return simulator.calls.filter(({ kind }) => kind === 'generate');
}

/** The error member of a body in the protocol's shape. */
export function errorOf({ text }: Pick<Received, 'text'>): ErrorSeen {
  return (JSON.parse(text) as { error: ErrorSeen }).error;
}

export interface ErrorSeen {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly near?: readonly string[];
  readonly retry_at?: string | null;
  readonly accounts?: readonly {
    readonly account: string;
    readonly provider: string;
    readonly reason: string;
    readonly detail?: string;
    readonly retry_at: string | null;
  }[];
}
