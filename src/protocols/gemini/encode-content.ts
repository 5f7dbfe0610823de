import { cannotCarry, refusal, type DropList } from '../../chat/dropped.ts';
import type { ContentPart, FilePart, ImagePart, Source } from '../../chat/part.ts';
import { fileOwner, protocolName } from './wire-name.ts';

const imageTypes = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']);

/** Parts of a user's content. @throws RotaError of kind `invalid-request` for what it has no part for */
export function encodeContent(parts: readonly ContentPart[], drops: DropList): readonly object[] {
  return parts
    .filter((part) => part.type !== 'text' || part.text !== '')
    .map((part): object => {
      switch (part.type) {
        case 'text':
          return { text: part.text };
        case 'image':
          return encodeImage(part, drops);
        case 'file':
          return encodeFile(part);
        case 'media':
          return inline(part.mediaType, part.data);
        case 'native':
          if (part.protocol !== protocolName) throw cannotCarry(part.param);
          return nativePart(part.value);
      }
    });
}

export function nativePart(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function encodeImage({ source, detail }: ImagePart, drops: DropList): object {
  if (detail !== undefined && detail !== 'auto') drops.note('image detail');
  if (source.kind === 'base64' && !imageTypes.has(source.mediaType)) throw cannotCarry(source.mediaType);
  return encodeSource(source, 'image');
}

function encodeFile({ source, filename }: FilePart): object {
  if (source.kind === 'text') return { text: filename ? `${filename}:\n${source.text}` : source.text };
  return encodeSource(source, 'file');
}

function encodeSource(source: Source, what: string): object {
  switch (source.kind) {
    case 'base64':
      return inline(source.mediaType, source.data);
    case 'text':
      return { text: source.text };
    case 'url':
      throw refusal(
        'url',
        `The ${what} at a URL cannot be carried to the protocol of the model that would answer: send its bytes, as Base64.`,
      );
    case 'stored':
      if (source.owner !== fileOwner) throw cannotCarry(source.param);
      return { fileData: { fileUri: source.id } };
  }
}

function inline(mimeType: string, data: string): object {
  return { inlineData: { mimeType, data } };
}
