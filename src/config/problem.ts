/** One mistake in the settings: where, and the rest of the sentence that begins with the key. */
export interface SettingsProblem {
  /** As a person would write it: `providers.lab.login[0].scopes`, or empty for the whole file. */
  readonly key: string;
  readonly text: string;
}

/** Steps from the root of the settings to a value: keys of objects and indexes of lists. */
export type KeyPath = readonly (string | number)[];

/** `routing.strategy`, `login[0]`, `aliases["gpt/5"]`. */
export function keyName(path: KeyPath): string {
  return path.map(step).join('').replace(/^\./, '');
}

function step(part: string | number): string {
  if (typeof part === 'number') return `[${part}]`;
  return /^[\w-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
