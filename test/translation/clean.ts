import { openEnvelope } from '../../src/chat/envelope.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Rule 1 of the fixtures' README: what differs without meaning anything. */
const ignored = new Set([
  'created',
  'created_at',
  'completed_at',
  'model',
  'modelVersion',
  'responseId',
  'request_id',
  'system_fingerprint',
  'service_tier',
  'speed',
  'inference_geo',
  'obfuscation',
  'extra_content',
  'sequence_number',
  'item_id',
]);

/** Of a Responses object all but these only repeats the request. */
const ownOfResponse = new Set(['object', 'status', 'error', 'incomplete_details', 'output', 'usage']);

const opaque = new Set(['signature', 'encrypted_content', 'thoughtSignature']);

/** The value without what rule 1 ignores, envelopes opened (rule 5), arguments parsed (rule 6). */
export function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (!isObject(value)) return value;
  const isResponse = value.object === 'response';
  const members = Object.entries(value).filter(
    ([key, member]) =>
      !ignored.has(key) &&
      (key !== 'id' || isCall(value)) &&
      (!isResponse || ownOfResponse.has(key)) &&
      !(key === 'logprobs' && (member === null || listOf(member).length === 0)),
  );
  return Object.fromEntries(members.map(([key, member]) => [key, cleanMember(key, member)]));
}

function cleanMember(key: string, member: unknown): unknown {
  if (typeof member !== 'string') return clean(member);
  if (opaque.has(key)) return openEnvelope(member) ?? member;
  return key === 'arguments' ? parsedArguments(member) : member;
}

/** Where an id names a call, and not the thing itself. */
function isCall(value: Json): boolean {
  return (
    value.type === 'tool_use' ||
    'function' in value ||
    'custom' in value ||
    ('name' in value && 'args' in value)
  );
}

export function parsedArguments(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
