import { makeDataUrl } from '../../chat/data-url.ts';
import { cannotCarry } from '../../chat/dropped.ts';
import type { ContentPart, FilePart, ImagePart, Source, ToolResultPart } from '../../chat/part.ts';
import { fileOwner, protocolName } from './wire-name.ts';

/** What a user says, or a tool gives. @throws RotaError of kind `invalid-request` for what it has no part for */
export function encodeContent(parts: readonly ContentPart[]): readonly unknown[] {
  return parts.filter((part) => part.type !== 'text' || part.text !== '').map(encodePart);
}

function encodePart(part: ContentPart): unknown {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return encodeImage(part);
    case 'file':
      return encodeFile(part);
    case 'media':
      throw cannotCarry(part.param);
    case 'native':
      if (part.protocol !== protocolName) throw cannotCarry(part.param);
      return part.value;
  }
}

/** The detail is required there. */
function encodeImage({ source, detail = 'auto' }: ImagePart): object {
  switch (source.kind) {
    case 'base64':
      return { type: 'input_image', image_url: makeDataUrl(source.mediaType, source.data), detail };
    case 'url':
      return { type: 'input_image', image_url: source.url, detail };
    case 'stored':
      return { type: 'input_image', file_id: storedId(source), detail };
    case 'text':
      return { type: 'input_text', text: source.text };
  }
}

function encodeFile({ source, filename }: FilePart): object {
  switch (source.kind) {
    case 'base64': {
      const name = filename ?? (source.mediaType === 'application/pdf' ? 'document.pdf' : 'document');
      return {
        type: 'input_file',
        filename: name,
        file_data: makeDataUrl(source.mediaType, source.data),
      };
    }
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'stored':
      return { type: 'input_file', file_id: storedId(source) };
    case 'text':
      return { type: 'input_text', text: filename ? `${filename}:\n${source.text}` : source.text };
  }
}

function storedId(source: Source & { kind: 'stored' }): string {
  if (source.owner !== fileOwner) throw cannotCarry(source.param);
  return source.id;
}

/** Plain text where it is nothing else; an error is told in words, because there is no flag for it. */
export function encodeResult({ parts, isError }: ToolResultPart): unknown {
  const [first, ...rest] = parts;
  const told = isError ? 'Error: ' : '';
  if (!first) return isError ? 'Error' : '';
  if (first.type === 'text' && rest.length === 0) return told + first.text;
  const marked: readonly ContentPart[] =
    first.type === 'text'
      ? [{ type: 'text', text: told + first.text }, ...rest]
      : [{ type: 'text', text: told.trim() }, ...parts];
  return encodeContent(marked);
}
