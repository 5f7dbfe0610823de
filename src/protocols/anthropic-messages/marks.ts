import type { Extensions } from '../../chat/part.ts';
import { recordOf, type JsonRecord } from '../json-value.ts';
import { protocolName } from './wire-name.ts';

/** Members that only this protocol knows, for a part to carry along; empty ones say nothing. */
export function readMarks(value: JsonRecord, names: readonly string[]): { readonly extensions?: Extensions } {
  const marks = Object.fromEntries(
    names.filter((name) => !isNothing(value[name])).map((name) => [name, value[name]]),
  );
  return Object.keys(marks).length === 0 ? {} : { extensions: { [protocolName]: marks } };
}

function isNothing(mark: unknown): boolean {
  return mark === undefined || mark === null || mark === false || (Array.isArray(mark) && mark.length === 0);
}

/** The marks of this protocol that a part carried along. */
export function ownMarks(marked: { readonly extensions?: Extensions }): JsonRecord {
  return recordOf(marked.extensions?.[protocolName]);
}
