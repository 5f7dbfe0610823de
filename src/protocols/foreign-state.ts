import { ENVELOPE_START } from '../chat/envelope.ts';
import { isRecord, listOf, parseJson, writeBody, type JsonRecord } from './json-value.ts';

/**
 * A relayed body without the reasoning state of accounts that speak other protocols: a conversation that they had a part in
 * comes back with their envelopes in it, and an upstream refuses what it did not sign. Any other body stays as it is.
 * @param rewrite gives back the same object where nothing has to go
 * @param marks what a body must hold, besides the beginning of an envelope, to be worth a look
 */
export function withoutEnvelopes(
  body: Buffer,
  rewrite: (members: JsonRecord) => JsonRecord,
  marks: readonly string[] = [],
): Buffer {
  if (![ENVELOPE_START, ...marks].some((mark) => body.includes(mark))) return body;
  const members = parseJson(body.toString('utf8'));
  if (!isRecord(members)) return body;
  const rewritten = rewrite(members);
  return rewritten === members ? body : Buffer.from(writeBody(rewritten));
}

/**
 * The same object with each entry of a list as `change` has it; undefined takes the entry out. The same itself where every
 * entry stays what it is.
 */
export function withEntries(
  object: JsonRecord,
  name: string,
  change: (entry: JsonRecord) => JsonRecord | undefined,
): JsonRecord {
  const before = listOf(object[name]);
  const after = before.flatMap((entry) => {
    const changed = isRecord(entry) ? change(entry) : entry;
    return changed === undefined ? [] : [changed];
  });
  const isSame = after.length === before.length && after.every((entry, place) => entry === before[place]);
  return isSame ? object : { ...object, [name]: after };
}
