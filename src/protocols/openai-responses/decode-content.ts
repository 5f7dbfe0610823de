import { parseDataUrl } from '../../chat/data-url.ts';
import type { AssistantPart, ContentPart, NativePart, Source, TextPart } from '../../chat/part.ts';
import { given, isRecord, listOf, textOf, type JsonRecord } from '../json-value.ts';
import { fileOwner, protocolName } from './wire-name.ts';

/** What a user says, or a tool gives: a text, or a list of parts. */
export function decodeContent(content: unknown): readonly ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return listOf(content).filter(isRecord).map(decodePart);
}

function decodePart(part: JsonRecord): ContentPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: textOf(part.text) ?? '' };
    case 'input_image':
      return decodeImage(part);
    case 'input_file':
      return decodeFile(part);
    default:
      return native(textOf(part.type) ?? 'content', part);
  }
}

function decodeImage(part: JsonRecord): ContentPart {
  const url = textOf(part.image_url);
  const id = textOf(part.file_id);
  const source = url === undefined ? id && stored(id) : sourceOf(url);
  if (!source) return native('input_image', part);
  return { type: 'image', source, ...given({ detail: textOf(part.detail) }) };
}

function decodeFile(part: JsonRecord): ContentPart {
  const filename = textOf(part.filename);
  const data = textOf(part.file_data);
  const url = textOf(part.file_url);
  const id = textOf(part.file_id);
  const source = data ? dataSource(data) : url ? sourceOf(url) : id ? stored(id) : undefined;
  if (!source) return native('input_file', part);
  return { type: 'file', source, ...given({ filename }) };
}

function sourceOf(url: string): Source {
  const inline = parseDataUrl(url);
  return inline ? { kind: 'base64', ...inline } : { kind: 'url', url };
}

/** A file's bytes come as a data URL, or bare; PDF is what bare ones are. */
function dataSource(data: string): Source {
  return { kind: 'base64', ...(parseDataUrl(data) ?? { mediaType: 'application/pdf', data }) };
}

function stored(id: string): Source {
  return { kind: 'stored', id, owner: fileOwner, param: 'file_id' };
}

/** What cannot be told in other words: refused by every other protocol, by this name. */
export function native(param: string, value: unknown): NativePart {
  return { type: 'native', protocol: protocolName, param, value };
}

/** What a model said, as the client sends it back. */
export function decodeAssistantContent(content: unknown): readonly AssistantPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return listOf(content)
    .filter(isRecord)
    .map((part): AssistantPart => {
      if (part.type === 'refusal') return { type: 'refusal', text: textOf(part.refusal) ?? '' };
      const isText = part.type === 'output_text' || part.type === 'input_text' || part.type === 'text';
      return isText
        ? { type: 'text', text: textOf(part.text) ?? '' }
        : native(textOf(part.type) ?? 'content', part);
    });
}

/** Only texts: nothing else is taken from a system. */
export function decodeSystemContent(content: unknown): readonly TextPart[] {
  return decodeContent(content).filter((part) => part.type === 'text');
}

/** What an `image_generation_call` made; undefined where it holds no bytes. */
export function generatedImage({
  result,
  output_format: format,
}: JsonRecord): { readonly mediaType: string; readonly data: string } | undefined {
  if (typeof result !== 'string' || result === '') return undefined;
  return { mediaType: `image/${textOf(format) ?? 'png'}`, data: result };
}
