import { openRecords } from '../../src/accounts/records.ts';
import type { Vault } from '../../src/accounts/vault.ts';
import { openVault } from '../../src/accounts/vault.ts';
import type { CliContext, DaemonStatus, ServeOptions } from '../../src/cli/context.ts';
import type { Choice, Terminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/clock.ts';
import { RotaError } from '../../src/failure.ts';
import { silentLogger } from '../../src/log/logger.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { makeRegistry } from '../../src/providers/registry.ts';
import { Secret } from '../../src/secret.ts';
import type { MemoryStore } from './accounts.ts';
import { memoryStore, realFetch, temporaryFolder } from './accounts.ts';

/** A person, or a script, at the other end of a command. */
export interface Person {
  readonly interactive?: boolean;
  readonly columns?: number;
  /** What they type when asked for a secret; nobody is there where it is absent. */
  readonly secret?: string;
  /** What they answer; they press Ctrl-C where it is absent. */
  readonly answer?: boolean;
  /** What they answer first, one after the other, before `answer` holds. */
  readonly answers?: readonly boolean[];
  /** What they type, or choose, each time they are asked for a word. */
  readonly words?: readonly string[];
  readonly stdin?: string;
  /** Whether there is a clipboard. */
  readonly clipboard?: boolean;
  /** What comes of opening a browser. */
  readonly browser?: (url: string) => Promise<string | undefined>;
}

export interface FakeTerminal extends Terminal {
  /** What came on stdout, and on stderr, so far. */
  readonly printed: string[];
  readonly noted: string[];
  /** What a person was asked. */
  readonly asked: string[];
  /** What they could choose from, each time. */
  readonly offered: readonly (readonly Choice[])[];
  /** What was put into the clipboard. */
  readonly copied: readonly string[];
  /** Types a line. */
  type(line: string): void;
  /** Resolves to the first line on stderr, now or later, that matches. */
  untilNoted(pattern: RegExp): Promise<string>;
}

export function fakeTerminal(person: Person = {}): FakeTerminal {
  const printed: string[] = [];
  const noted: string[] = [];
  const asked: string[] = [];
  const typed: string[] = [];
  const words = [...(person.words ?? [])];
  const answers = [...(person.answers ?? [])];
  const offered: Choice[][] = [];
  const copied: string[] = [];
  const nextWord = (): string => {
    const word = words.shift();
    if (word === undefined) throw new RotaError({ kind: 'cancelled', message: 'Cancelled.' });
    return word;
  };
  let wake: () => void = () => undefined;
  let onNote: () => void = () => undefined;
  const note = (line: string): void => {
    noted.push(line);
    onNote();
  };
  return {
    interactive: person.interactive ?? false,
    colour: false,
    plain: false,
    columns: person.columns ?? Number.POSITIVE_INFINITY,
    printed,
    noted,
    asked,
    offered,
    copied,
    out: (line) => void printed.push(line),
    note,
    spin: () => ({ text: () => undefined, succeed: note, fail: note, stop: () => undefined }),
    async askSecret(question) {
      asked.push(question);
      if (person.secret === undefined) throw new RotaError({ kind: 'cancelled', message: 'Cancelled.' });
      return new Secret(person.secret);
    },
    async ask(question) {
      asked.push(question);
      return nextWord();
    },
    async choose(question, choices) {
      asked.push(question);
      offered.push([...choices]);
      const word = nextWord();
      if (choices.some(({ value }) => value === word)) return word;
      throw new Error(`"${word}" is not among ${choices.map(({ value }) => value).join(', ')}`);
    },
    async confirm(question) {
      asked.push(question);
      const answer = answers.shift() ?? person.answer;
      if (answer === undefined) throw new RotaError({ kind: 'cancelled', message: 'Cancelled.' });
      return answer;
    },
    async *lines(signal) {
      signal.addEventListener('abort', () => wake(), { once: true });
      while (!signal.aborted) {
        const line = typed.shift();
        if (line !== undefined) yield line;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    readStdin: async () => person.stdin ?? '',
    openBrowser: async (url) => {
      if (person.browser === undefined) throw new Error('no browser was expected');
      return person.browser(url);
    },
    async copy(text) {
      copied.push(text);
      return person.clipboard ?? false;
    },
    finish: async () => undefined,
    type(line) {
      typed.push(line);
      wake();
    },
    async untilNoted(pattern) {
      for (;;) {
        const found = noted.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (onNote = resolve));
      }
    },
  };
}

export interface FakeContext extends CliContext {
  readonly terminal: FakeTerminal;
  readonly store: MemoryStore;
  readonly cancel: AbortController;
  /** What the running proxy was told, in order. */
  readonly told: string[];
  readonly served: ServeOptions[];
  openedVault(): Promise<Vault>;
}

export interface FakeContextOptions {
  readonly person?: Person;
  /** Besides those that come with the program. */
  readonly providers?: readonly Provider[];
  /** What the running proxy says of itself; none runs where it is absent. */
  readonly daemon?: () => DaemonStatus | Promise<DaemonStatus>;
  readonly importHome?: CliContext['importHome'];
  /** What opening the credential store comes to. */
  readonly storeError?: RotaError;
}

/** A context over a folder of its own, a store in memory and real sockets. */
export function fakeContext(options: FakeContextOptions = {}): FakeContext {
  const terminal = fakeTerminal(options.person);
  const cancel = new AbortController();
  const records = openRecords(temporaryFolder());
  const store = memoryStore();
  const told: string[] = [];
  const served: ServeOptions[] = [];
  const status = async () => options.daemon?.();
  const openedVault = async () => openVault(records, store);
  return {
    terminal,
    store,
    cancel,
    told,
    served,
    openedVault,
    version: '0.0.0',
    userAgent: 'rota/0.0.0',
    paths: { home: undefined, settings: '', records: records.folder, state: '', log: '', credentials: '' },
    importHome: options.importHome ?? { env: {}, platform: 'linux', homedir: '/nobody' },
    clock: systemClock,
    log: silentLogger,
    signal: cancel.signal,
    settings: () => Promise.reject(new Error('the settings were not expected to be read')),
    records,
    async registry() {
      const { endpoints } = await records.read();
      const known = makeRegistry({ endpoints });
      const own = options.providers ?? [];
      return {
        get: (id) => own.find((provider) => provider.id === id) ?? known.get(id),
        list: () => [...own, ...known.list()],
        nearest: (id) => known.nearest(id),
      };
    },
    async vault() {
      if (options.storeError !== undefined) throw options.storeError;
      return openedVault();
    },
    fetch: realFetch,
    fetchFor: () => realFetch,
    daemon: {
      find: status,
      status,
      async reset(accountId) {
        told.push(`reset ${accountId ?? 'all'}`);
        return status();
      },
      why: async () => undefined,
      async reload() {
        told.push('reload');
      },
    },
    async serve(wanted) {
      served.push(wanted);
    },
  };
}
