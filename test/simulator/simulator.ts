import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPlaybook, type Account, type AccountOptions } from './accounts.ts';
import type { AnswerOptions, Behaviour } from './behaviour.ts';
import { createCallLog, type Call } from './calls.ts';
import type { World } from './decide.ts';
import { createTimers } from './delivery.ts';
import { createSignIn, type SignedIn } from './openrouter.ts';
import { createReceiver, type Unexpected } from './receiver.ts';

export interface SimulatorOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Milliseconds since the epoch; for quota windows, call times and the life of codes. */
  readonly now?: () => number;
  /**
   * False for a benchmark: calls are neither kept nor inspected, bodies are not parsed, and an account without quota,
   * own models and script answers from buffers made once. Answers then name the simulator's first model.
   */
  readonly record?: boolean;
  /** The answer of every account that has none of its own. */
  readonly answer?: AnswerOptions;
  /** The list of every account that has none of its own. */
  readonly models?: readonly string[];
  /** Header names, in lower case, that are not held to be leaks. */
  readonly allowHeaders?: readonly string[];
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`, to which a provider's base path is added. */
  readonly url: string;
  /** Makes an account known by its key, anew if it was known. */
  account(key: string, options?: AccountOptions): void;
  /** What the next calls are answered with, one each; `*` stands for any key, after the key's own script. */
  script(key: string, ...behaviours: Behaviour[]): void;
  /** What all calls without a script are answered with, until changed. */
  always(key: string, behaviour: Behaviour | undefined): void;
  /** Scripted behaviours that no call has used up. */
  leftOver(): number;
  /** Who signs in next at OpenRouter's page; declare the key with `account` for more than a label. */
  signInAs(key: string, userId?: string): void;
  readonly calls: readonly Call[];
  readonly unexpected: readonly Unexpected[];
  /** The first call that fits, now or later; asked again when a call is aborted or finished. Default limit 60,000 ms. */
  waitForCall(predicate: (call: Call) => boolean, timeoutMs?: number): Promise<Call>;
  /** Forgets calls, complaints and scripts; accounts stay. */
  reset(): void;
  /** Breaks all connections and drops all timers. */
  close(): Promise<void>;
}

/** A provider on loopback that speaks real HTTP and does as it is told. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const record = options.record ?? true;
  const models = options.models ?? ['gpt-5.5', 'gpt-5.5-mini'];
  const accounts = new Map<string, Account>();
  const playbook = createPlaybook();
  const log = createCallLog();
  const timers = createTimers();
  const unexpected: Unexpected[] = [];
  const signIns: SignedIn[] = [];
  let signedIn = 0;

  const account = (key: string, of: AccountOptions = {}): void => {
    accounts.set(key, { key, label: of.label ?? key, options: of, window: undefined, answers: new Set() });
  };
  const nextSignIn = (): SignedIn => {
    signedIn += 1;
    const next = signIns.shift() ?? {
      key: `sk-or-v1-sim-${signedIn}`,
      userId: `user_sim_${signedIn}`,
    };
    if (!accounts.has(next.key)) account(next.key);
    return next;
  };
  const world: World = {
    accounts,
    playbook,
    signIn: createSignIn(now, nextSignIn),
    now,
    models,
    answer: options.answer ?? {},
    allowHeaders: new Set(options.allowHeaders),
  };

  const receive = createReceiver({ world, log, timers, unexpected, record });
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 600_000 }, receive);
  server.headersTimeout = 0;
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // Both codes stand for a client that hung up, which is its right.
    if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE') {
      const problem = `What came is not HTTP: ${error.code ?? error.message}.`;
      unexpected.push({ problem, method: '', path: '' });
    }
    socket.destroy();
  });
  server.on('upgrade', (request, socket) => {
    const problem = 'A change of protocol was asked for.';
    unexpected.push({ problem, method: request.method ?? '', path: request.url ?? '' });
    socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${address.port}`,
    account,
    script: (key, ...behaviours) => playbook.script(key, behaviours),
    always: (key, behaviour) => playbook.always(key, behaviour),
    leftOver: () => playbook.leftOver(),
    signInAs: (key, userId = `user_of_${key}`) => void signIns.push({ key, userId }),
    calls: log.calls,
    unexpected,
    waitForCall: async (predicate, timeoutMs = 60_000) => {
      if (!record) throw new Error('Calls are not recorded: start the simulator without `record: false`.');
      return log.waitFor(predicate, timeoutMs);
    },
    reset: () => {
      playbook.clear();
      log.clear();
      unexpected.length = 0;
    },
    close: async () => {
      timers.clear();
      log.close();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
