import { readSmall } from '../body.ts';
import { RotaError } from '../../failure.ts';
import type { Variant } from '../protocol.ts';
import { elements, endOf, isArray, scanObject, type Span } from '../scan.ts';
import { methodOf, modelIn } from './address.ts';

/**
 * generateContent as Vertex AI takes it (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference): below a publisher's
 * models, each turn with its role, and a count without the frame of a request. What else the two take differently is a part of what
 * was asked for, so that it goes as it is: the server says best what it does not take.
 */
export const publisherModels: Variant = {
  path({ model, usualPath }) {
    const method = usualPath.slice(usualPath.lastIndexOf(':'));
    return `/models/${encodeURIComponent(modelIn(model))}${method}`;
  },
  body(body, { usualPath }) {
    const method = methodOf(usualPath);
    if (method === 'embedContent' || method === 'batchEmbedContents') throw noEmbeddings(method);
    return withRoles(method === 'countTokens' ? unframed(body) : body);
  },
};

/** Most models that embed are asked by `:predict` there, in another shape. */
function noEmbeddings(method: string): RotaError {
  const message = `Vertex AI has no '${method}' as the Gemini API has it: call an account of the Gemini API for embeddings.`;
  return new RotaError({ kind: 'invalid-request', message });
}

/** What a count takes there; whatever else a request holds is no part of what is counted. */
const counted = [
  'contents',
  'systemInstruction',
  'system_instruction',
  'tools',
  'generationConfig',
  'generation_config',
];

/** A count of a whole request stands in a frame (ai.google.dev/api/tokens), which is not known there, nor is its model's name. */
function unframed(body: Buffer): Buffer {
  const members = membersOf(body, ['generateContentRequest', 'generate_content_request', 'model']);
  const frame = members.get('generateContentRequest') ?? members.get('generate_content_request');
  if (frame === undefined && !members.has('model')) return body;
  const request = frame === undefined ? body : bytesOf(body, frame);
  const found = membersOf(request, counted);
  const kept = counted.flatMap((name): readonly Buffer[] => {
    const span = found.get(name);
    return span === undefined ? [] : [Buffer.from(`,"${name}":`), bytesOf(request, span)];
  });
  const text = Buffer.concat(kept).subarray(1);
  return Buffer.concat([Buffer.from('{'), text, Buffer.from('}')]);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A turn that says nothing of whose it is is the user's; there it must say so. */
function withRoles(body: Buffer): Buffer {
  const contents = membersOf(body, ['contents']).get('contents');
  if (contents === undefined) return body;
  const turns = isArray(body, contents)
    ? [...elements(body, contents)]
    : [{ start: contents.start, end: endOf(body, contents) }];
  const edits = turns.flatMap(({ start, end }) => roleOf(body.subarray(start, end), start));
  if (edits.length === 0) return body;
  let at = 0;
  const pieces = edits.flatMap(({ start, end, text }) => {
    const before = body.subarray(at, start);
    at = end;
    return [before, Buffer.from(text)];
  });
  return Buffer.concat([...pieces, body.subarray(at)]);
}

/** Results of functions had a role of their own once. */
const olderNames = new Set<unknown>([null, '', 'function']);

/** @param at where the turn begins in the body */
function roleOf(turn: Buffer, at: number): readonly Edit[] {
  const scan = scanObject(turn, ['role']);
  if (scan.kind === 'malformed') return [];
  const role = scan.members.get('role');
  if (role === undefined) {
    const comma = scan.members.size === 0 ? '' : ',';
    return [{ start: at + 1, end: at + 1, text: `"role":"user"${comma}` }];
  }
  if (!olderNames.has(readSmall(turn, role))) return [];
  return [{ start: at + role.start, end: at + endOf(turn, role), text: '"user"' }];
}

function membersOf(body: Buffer, names: readonly string[]): ReadonlyMap<string, Span> {
  const scan = scanObject(body, names);
  return scan.kind === 'members' ? scan.members : new Map<string, Span>();
}

function bytesOf(body: Buffer, span: Span): Buffer {
  return body.subarray(span.start, Math.max(span.start, endOf(body, span)));
}
