import { readFileSync } from 'node:fs';

/** The package's version, for `--version`: read without making a context, which takes longer. */
export function readVersion(): string {
  const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version: unknown =
    typeof content === 'object' && content !== null ? Reflect.get(content, 'version') : '';
  return typeof version === 'string' ? version : '';
}
