import type { JsonRecord } from '../json-value.ts';

/** A member by its name in camel case: the server takes snake case as well, and so do its clients send it. */
export function member(record: JsonRecord, name: string): unknown {
  const value = record[name];
  return value === undefined ? record[snakeCase(name)] : value;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name in camel case, however it was written. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
