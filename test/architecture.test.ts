import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** The words that everyone may use. */
const words = ['secret', 'failure', 'outcome', 'clock', 'nearest', 'address'];

/** Who may import whom, besides itself. What is not listed is not allowed. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  secret: [],
  failure: [],
  outcome: [],
  clock: [],
  nearest: [],
  address: [],
  chat: ['failure'],
  protocols: ['chat', 'failure'],
  rotation: ['outcome'],
  log: ['secret', 'failure', 'clock'],
  config: ['secret', 'failure', 'clock', 'nearest', 'address'],
  oauth: ['secret', 'failure', 'clock', 'address'],
  upstream: ['secret', 'failure', 'clock', 'address'],
  providers: ['oauth/types', 'secret', 'failure', 'outcome', 'nearest', 'address'],
  accounts: ['providers/provider', 'oauth', 'secret', 'failure', 'clock', 'log', 'nearest'],
  gateway: [
    'chat',
    'protocols',
    'rotation',
    'accounts/account',
    'providers/provider',
    'providers/error-object',
    'upstream',
    'log',
    'secret',
    'failure',
    'outcome',
    'clock',
    'nearest',
  ],
  http: ['gateway', 'protocols', 'config', 'log', 'secret', 'failure', 'clock'],
  cli: [
    'accounts',
    'oauth',
    'providers',
    'config',
    'log',
    'secret',
    'failure',
    'clock',
    'nearest',
    'address',
  ],
  daemon: [
    'http',
    'gateway',
    'rotation',
    'accounts',
    'providers',
    'oauth',
    'upstream',
    'config',
    'log',
    'protocols/names',
    'secret',
    'failure',
    'outcome',
    'clock',
  ],
  compose: ['*'],
  main: ['compose', 'cli'],
};

/** Packages that one place alone may name. */
const homes: Readonly<Record<string, readonly string[]>> = {
  express: ['http/'],
  ws: ['http/'],
  undici: ['upstream/'],
  '@napi-rs/keyring': ['accounts/store/keychain.ts'],
  commander: ['cli/'],
  ora: ['cli/'],
  open: ['cli/'],
  '@clack/prompts': ['cli/'],
  conf: ['config/', 'accounts/'],
  ajv: ['config/'],
  oauth4webapi: ['oauth/'],
  'proper-lockfile': ['accounts/lock.ts'],
};

/** The few places where a secret becomes a string: on the wire, into the store, out to its owner. */
const revealers = [
  'accounts/archive.ts',
  'accounts/credential-codec.ts',
  'accounts/provider-question.ts',
  'accounts/same-secret.ts',
  'accounts/sign-in-proof.ts',
  'accounts/store/',
  'cli/daemon-client.ts',
  'cli/key.ts',
  'cli/models.ts',
  'oauth/',
  'providers/authorization.ts',
  'providers/reserved-key.ts',
];

/** Values in, values out: time and chance are arguments there. */
const pure = [
  'chat/',
  'protocols/',
  'rotation/',
  'secret.ts',
  'failure.ts',
  'outcome.ts',
  'nearest.ts',
  'address.ts',
];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Relative ones as paths below src without extension, others as package names. */
  readonly imports: readonly string[];
}

const files = list(src)
  .filter((path) => path.endsWith('.ts'))
  .map(readSource);
const sources = files.filter(({ path }) => !path.endsWith('.test.ts'));

function list(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? list(path) : [path];
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const pattern = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  const imports = [...text.matchAll(pattern)].map(([, named, bare, late]) => {
    const target = named ?? bare ?? late ?? '';
    if (!target.startsWith('.')) return target;
    return toSlashes(relative(src, resolve(dirname(path), target))).replace(/\.ts$/, '');
  });
  return { path: toSlashes(relative(src, path)), text, imports };
}

function toSlashes(path: string): string {
  return path.split(sep).join('/');
}

function partOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/\.ts$/, '');
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

describe('the shape of src', () => {
  it('was seen at all', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
    for (const part of Object.keys(allowed).filter((name) => name !== 'address')) {
      expect(
        sources.map(({ path }) => partOf(path)),
        part,
      ).toContain(part);
    }
  });

  it('has no folder without a rule', () => {
    const parts = new Set(sources.map(({ path }) => partOf(path)));
    expect([...parts].filter((part) => !(part in allowed))).toEqual([]);
    expect(words.every((word) => word in allowed)).toBe(true);
  });

  it('imports only what the table allows', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const part = partOf(path);
      const may = allowed[part] ?? [];
      return imports
        .filter((target) => !isPackage(target) && partOf(target) !== part && !isAllowed(target, may))
        .map((target) => `${path} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no cycles between files', () => {
    expect(findCycle()).toBeUndefined();
  });

  it('names each package in its one place', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => isPackage(target) && !target.startsWith('node:'))
        .filter((target) => !isIn(path, homes[packageName(target)] ?? []))
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reveals secrets in the listed places only', () => {
    const wrong = sources.filter(({ path, text }) => /\.reveal\(\)/.test(text) && !isIn(path, revealers));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('keeps clock, chance, process and I/O out of the pure parts', () => {
    const impure =
      /Date\.now|new Date\(\)|Math\.random|\bprocess\b|setTimeout|setInterval|\bfetch\(|performance\.now/;
    const wrong = sources
      .filter(({ path }) => isIn(path, pure))
      .flatMap(({ path, text, imports }) => {
        const io = imports.filter(
          (target) => target.startsWith('node:') && !['node:crypto', 'node:net'].includes(target),
        );
        const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
        return [...io, ...(impure.exec(code) ?? [])].map((what) => `${path}: ${what}`);
      });
    expect(wrong).toEqual([]);
  });

  it('names no provider outside providers/ and no protocol outside protocols/', () => {
    const provider = /['"](?:openrouter|openai|anthropic|gemini)['"]/;
    const protocol = /['"](?:openai-chat|openai-responses|anthropic-messages)['"]/;
    const wrong = sources.flatMap(({ path, text }) => {
      // One protocol has its provider's name.
      if (path.startsWith('protocols/') || path.startsWith('providers/')) return [];
      return [...(provider.exec(text) ?? []), ...(protocol.exec(text) ?? [])].map(
        (name) => `${path}: ${name}`,
      );
    });
    expect(wrong).toEqual([]);
  });

  it('has no drawer for odds and ends', () => {
    const drawer = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|index)(?:\.ts|\/)/;
    expect(files.map(({ path }) => path).filter((path) => drawer.test(path))).toEqual([]);
  });

  it('has no inheritance but for errors, and no mutable state of a module', () => {
    const wrong = sources.flatMap(({ path, text }) => {
      const heirs = [...text.matchAll(/class \w+ extends (\w+)/g)].filter(([, base]) => base !== 'Error');
      const state = [...text.matchAll(/^(?:export )?let \w+/gm)];
      return [...heirs, ...state].map(([what]) => `${path}: ${what}`);
    });
    expect(wrong).toEqual([]);
  });
});

function isPackage(target: string): boolean {
  return !sources.some(({ path }) => path === `${target}.ts`);
}

function packageName(target: string): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/');
}

function isAllowed(target: string, may: readonly string[]): boolean {
  return may.some((rule) => rule === '*' || target === rule || target.startsWith(`${rule}/`));
}

function findCycle(): string | undefined {
  const byName = new Map(sources.map((file) => [file.path.replace(/\.ts$/, ''), file]));
  const done = new Set<string>();
  const visit = (name: string, chain: readonly string[]): string | undefined => {
    if (chain.includes(name)) return [...chain.slice(chain.indexOf(name)), name].join(' → ');
    if (done.has(name)) return undefined;
    const file = byName.get(name);
    // Types go in circles without harm: nothing of them is left at run time.
    const runtime = (file?.imports ?? []).filter((target) => byName.has(target) && !isTypeOnly(file, target));
    for (const target of runtime) {
      const cycle = visit(target, [...chain, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  return [...byName.keys()].map((name) => visit(name, [])).find((cycle) => cycle !== undefined);
}

function isTypeOnly(file: SourceFile | undefined, target: string): boolean {
  const name = `${target.split('/').at(-1) ?? ''}.ts`;
  const lines = [...(file?.text ?? '').matchAll(/import (type )?[^;]*? from '([^']+)'/g)];
  return lines.filter(([, , from = '']) => from.endsWith(`/${name}`)).every(([, type]) => type !== undefined);
}
