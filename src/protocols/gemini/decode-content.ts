import { isEnvelope, openEnvelope } from '../../chat/envelope.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { AssistantPart, ContentPart, ImagePart, NativePart, ReasoningState } from '../../chat/part.ts';
import { given, isRecord, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { camelCase, member } from './member.ts';
import { signatureState } from './signature.ts';
import { fileOwner, isSignature, protocolName } from './wire-name.ts';

/** A part of the user's, or of a tool's result; none where it is an empty text. */
export function decodeUserPart(part: JsonRecord): readonly ContentPart[] {
  if (typeof part.text === 'string') return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  const inline = member(part, 'inlineData');
  if (isRecord(inline)) return [decodeInline(inline)];
  const stored = member(part, 'fileData');
  if (isRecord(stored)) return [decodeStored(stored)];
  return [native(part)];
}

function decodeInline(inline: JsonRecord): ContentPart {
  const mediaType = (textOf(member(inline, 'mimeType')) ?? '').toLowerCase();
  const data = textOf(inline.data) ?? '';
  const source = { kind: 'base64', mediaType, data } as const;
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  if (/^(?:audio|video)\//.test(mediaType)) return { type: 'media', mediaType, data, param: mediaType };
  return { type: 'file', source, ...given({ filename: textOf(member(inline, 'displayName')) }) };
}

function decodeStored(stored: JsonRecord): ContentPart {
  const id = textOf(member(stored, 'fileUri')) ?? '';
  const source = { kind: 'stored', id, owner: fileOwner, param: 'fileUri' } as const;
  const isImage = (textOf(member(stored, 'mimeType')) ?? '').startsWith('image/');
  return isImage ? { type: 'image', source } : { type: 'file', source };
}

/** What the provider ran, or what only it can read. */
function native(part: JsonRecord): NativePart {
  const [name = 'part'] = Object.keys(part);
  return { type: 'native', protocol: protocolName, param: camelCase(name), value: part };
}

/** The texts of a content, a list of parts, or a plain string. */
export function decodeTexts(content: unknown): readonly string[] {
  if (typeof content === 'string') return content === '' ? [] : [content];
  const parts = Array.isArray(content) ? content : recordOf(content).parts;
  return recordsOf(parts).flatMap((part) => textOf(part.text) || []);
}

/** What a model's turn holds, and its calls in order, still without ids where they came without. */
export interface ModelContent {
  readonly parts: readonly (Exclude<AssistantPart, { type: 'tool-call' }> | FunctionCall)[];
}

export interface FunctionCall {
  readonly type: 'function-call';
  readonly id?: string;
  readonly name: string;
  /** JSON text. */
  readonly input: string;
}

/**
 * A model's turn. A signature becomes the state of the reasoning before its part; on texts only envelopes count,
 * because the provider's own are not needed there.
 */
export function decodeModelParts(parts: readonly JsonRecord[]): ModelContent['parts'] {
  const decoded: ModelContent['parts'][number][] = [];
  let calls = 0;
  for (const part of parts) {
    const signature = textOf(member(part, 'thoughtSignature'));
    const call = member(part, 'functionCall');
    if (isRecord(call)) {
      const own = isSignature(signature) ? signatureState(calls, signature) : undefined;
      addState(decoded, signature, own);
      decoded.push(decodeCall(call));
      calls += 1;
    } else if (typeof part.text === 'string') {
      addState(decoded, signature, undefined);
      addText(decoded, part.text, part.thought === true);
    } else decoded.push(modelPart(part));
  }
  return decoded;
}

/** An image that it made, or what only this protocol understands. */
function modelPart(part: JsonRecord): ImagePart | NativePart {
  const inline = member(part, 'inlineData');
  const decoded = isRecord(inline) ? decodeInline(inline) : undefined;
  return decoded?.type === 'image' ? decoded : native(part);
}

function decodeCall(call: JsonRecord): FunctionCall {
  const input = writeExactJson(recordOf(call.args));
  const id = textOf(call.id) || undefined;
  return { type: 'function-call', name: textOf(call.name) ?? '', input, ...given({ id }) };
}

function addText(decoded: ModelContent['parts'][number][], text: string, isThought: boolean): void {
  if (text === '') return;
  const type = isThought ? 'reasoning' : 'text';
  const last = decoded.at(-1);
  const isMore = isThought && last?.type === 'reasoning' && !last.state;
  if (isMore) decoded[decoded.length - 1] = { ...last, text: last.text + text };
  else decoded.push({ type, text });
}

function addState(
  decoded: ModelContent['parts'][number][],
  signature: string | undefined,
  own: ReasoningState | undefined,
): void {
  const state = signature !== undefined && isEnvelope(signature) ? openEnvelope(signature) : own;
  if (!state) return;
  const last = decoded.at(-1);
  if (last?.type === 'reasoning' && !last.state) decoded[decoded.length - 1] = { ...last, state };
  else decoded.push({ type: 'reasoning', text: '', state });
}
