import { makeDataUrl } from '../../chat/data-url.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ContentPart, FilePart, ImagePart, MediaPart } from '../../chat/part.ts';
import { given } from '../json-value.ts';
import { fileOwner, protocolName } from './wire-name.ts';

/** The media types of sound that the protocol takes, as its own words. */
const audioFormats: ReadonlyMap<string, string> = new Map([
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/mp3', 'mp3'],
  ['audio/mpeg', 'mp3'],
]);

/** A string where one text is all there is: some compatible servers know nothing else. */
export function encodeContent(parts: readonly ContentPart[], drops: DropList): string | readonly object[] {
  const [first] = parts;
  if (parts.length === 1 && first?.type === 'text') {
    noteMarks(parts, protocolName, drops);
    return first.text;
  }
  return parts.map((part) => encodeContentPart(part, drops));
}

/** Empty texts say nothing, and some servers refuse them. */
export function withoutEmpty(parts: readonly ContentPart[]): readonly ContentPart[] {
  return parts.filter((part) => part.type !== 'text' || part.text !== '');
}

/** @throws RotaError of kind `invalid-request` that names the part */
export function encodeContentPart(part: ContentPart, drops: DropList): object {
  noteMarks([part], protocolName, drops);
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return encodeImage(part);
    case 'file':
      return encodeFile(part, drops);
    case 'media':
      return encodeMedia(part);
    case 'native':
      if (part.protocol === protocolName && typeof part.value === 'object' && part.value !== null) {
        return part.value;
      }
      throw cannotCarry(part.param);
  }
}

function encodeImage({ source, detail }: ImagePart): object {
  switch (source.kind) {
    case 'base64': {
      const url = makeDataUrl(source.mediaType, source.data);
      return { type: 'image_url', image_url: { url, ...given({ detail }) } };
    }
    case 'url':
      return { type: 'image_url', image_url: { url: source.url, ...given({ detail }) } };
    case 'text':
      return { type: 'text', text: source.text };
    case 'stored':
      throw cannotCarry(source.param);
  }
}

function encodeFile({ source, filename }: FilePart, drops: DropList): object {
  switch (source.kind) {
    case 'base64': {
      const file_data = makeDataUrl(source.mediaType, source.data);
      return { type: 'file', file: { filename: filename ?? nameFor(source.mediaType), file_data } };
    }
    case 'text':
      drops.note('document', 'its text');
      return { type: 'text', text: filename === undefined ? source.text : `${filename}:\n${source.text}` };
    case 'stored':
      if (source.owner !== fileOwner) throw cannotCarry(source.param);
      return { type: 'file', file: { file_id: source.id, ...given({ filename }) } };
    case 'url':
      throw cannotCarry('file_url');
  }
}

function nameFor(mediaType: string): string {
  return mediaType === 'application/pdf' ? 'document.pdf' : 'document';
}

function encodeMedia({ mediaType, data, param }: MediaPart): object {
  const format = audioFormats.get(mediaType);
  if (format === undefined) throw cannotCarry(param);
  return { type: 'input_audio', input_audio: { data, format } };
}
