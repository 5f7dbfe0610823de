import { cannotCarry, noteMarks, refusal, type DropList } from '../../chat/dropped.ts';
import type { ContentPart, FilePart, ImagePart, TextPart } from '../../chat/part.ts';
import { given } from '../json-value.ts';
import { ownMarks } from './marks.ts';
import { fileOwner, protocolName } from './wire-name.ts';

const imageTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** Texts of nothing but space are refused by the API and say nothing. */
export function encodeContent(parts: readonly ContentPart[], drops: DropList): readonly object[] {
  return parts.flatMap((part): readonly object[] => {
    noteMarks([part], protocolName, drops);
    return part.type === 'text' ? encodeText(part) : [encodePart(part, drops)];
  });
}

export function encodeText(part: TextPart): readonly object[] {
  const { tool_reference: reference, search_result: found, ...marks } = ownMarks(part);
  if (isBlock(reference)) return [reference];
  if (isBlock(found)) return [found];
  return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text, ...marks }];
}

function isBlock(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** @throws RotaError of kind `invalid-request` that names the part */
function encodePart(part: Exclude<ContentPart, TextPart>, drops: DropList): object {
  switch (part.type) {
    case 'image':
      return encodeImage(part, drops);
    case 'file':
      return encodeFile(part);
    case 'media':
      throw cannotCarry(part.param);
    case 'native':
      if (part.protocol === protocolName && isBlock(part.value)) return part.value;
      throw cannotCarry(part.param);
  }
}

function encodeImage(part: ImagePart, drops: DropList): object {
  const { source, detail } = part;
  if (detail !== undefined && detail !== 'auto') drops.note('image detail');
  const marks = ownMarks(part);
  switch (source.kind) {
    case 'base64': {
      const { mediaType, data } = source;
      if (!imageTypes.has(mediaType)) throw cannotCarry(mediaType);
      return { type: 'image', source: { type: 'base64', media_type: mediaType, data }, ...marks };
    }
    case 'url':
      return { type: 'image', source: { type: 'url', url: source.url }, ...marks };
    case 'text':
      return { type: 'text', text: source.text, ...marks };
    case 'stored':
      return { type: 'image', source: storedSource(source), ...marks };
  }
}

function encodeFile(part: FilePart): object {
  return {
    type: 'document',
    source: documentSource(part),
    ...given({ title: part.filename }),
    ...ownMarks(part),
  };
}

function documentSource({ source }: FilePart): object {
  switch (source.kind) {
    case 'base64': {
      const { mediaType, data } = source;
      if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data };
      if (!mediaType.startsWith('text/')) throw cannotCarry(mediaType);
      return textSource(Buffer.from(data, 'base64').toString('utf8'));
    }
    case 'url':
      return { type: 'url', url: source.url };
    case 'text':
      return textSource(source.text);
    case 'stored':
      return storedSource(source);
  }
}

function textSource(text: string): object {
  return { type: 'text', media_type: 'text/plain', data: text };
}

function storedSource({ id, owner, param }: { id: string; owner: string; param: string }): object {
  if (owner === fileOwner) return { type: 'file', file_id: id };
  throw refusal(param, `'${param}' names a file in another vendor's store. Send the file itself.`);
}
