import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultSettings, settingsSchema } from '../src/config/schema.ts';
import { readCorpus } from './answers/corpus.ts';
import { builtInProviders, endpointKinds } from '../src/providers/registry.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the documentation', () => {
  it('has a row for every setting, with its default', () => {
    const page = read('docs/settings.md').replaceAll(/ +\|/g, ' |');
    const missing = leaves(defaultSettings() as unknown as Record<string, unknown>).filter(
      ([key, value]) => !page.includes(`| \`${key}\` | \`${JSON.stringify(value)}\` |`),
    );
    expect(missing).toEqual([]);
  });

  it('names every key that the schema knows', () => {
    const page = read('docs/settings.md');
    const names = propertyNames(settingsSchema(['openai-chat']));
    expect(names.length).toBeGreaterThan(25);
    expect([...new Set(names)].filter((name) => !page.includes(name))).toEqual([]);
  });

  it('has the help of every command as the program prints it', { timeout: 120_000 }, () => {
    const script = fileURLToPath(new URL('../scripts/cli-docs.js', import.meta.url));
    const page = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(page.match(/^#{2,3} proxy /gm)).toHaveLength(20);
    expect(read('docs/cli.md')).toBe(page);
  });

  it('has every answer of the corpus as the program understands it', { timeout: 120_000 }, () => {
    const script = fileURLToPath(new URL('../scripts/signals-docs.js', import.meta.url));
    const page = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(page.match(/^\| .+ \|$/gm)?.length).toBeGreaterThan(readCorpus().length);
    expect(read('docs/signals.md')).toBe(page);
  });

  it('has every provider as its file has it', { timeout: 120_000 }, () => {
    const script = fileURLToPath(new URL('../scripts/providers-docs.js', import.meta.url));
    const made = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(made.match(/^## /gm)).toHaveLength(builtInProviders.length + endpointKinds.length);
    expect(read('docs/providers.md')).toBe(made);
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const pages = ['README.md', 'CONTRIBUTING.md'].map(read).join('\n');
    const named = [...pages.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

function leaves(value: Record<string, unknown>, path: readonly string[] = []): [string, unknown][] {
  return Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const here = [...path, key];
    const isFolder =
      typeof member === 'object' &&
      member !== null &&
      !Array.isArray(member) &&
      Object.keys(member).length > 0;
    return isFolder ? leaves(member as Record<string, unknown>, here) : [[here.join('.'), member]];
  });
}

function propertyNames(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const own = key === 'properties' ? Object.keys(value as object) : [];
    return [...own, ...propertyNames(value)];
  });
}
