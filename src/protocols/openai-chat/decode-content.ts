import { parseDataUrl } from '../../chat/data-url.ts';
import { refusal } from '../../chat/dropped.ts';
import type { ContentPart, Source } from '../../chat/part.ts';
import { given, recordOf, textOf, type JsonRecord } from '../json-value.ts';
import { fileOwner, protocolName } from './wire-name.ts';

/** A message's `content`: a string, a list of parts, or nothing. Empty texts say nothing and are left out. */
export function decodeContent(content: unknown, param: string): readonly ContentPart[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) {
    throw refusal(`${param}.content`, `'${param}.content' must be a string or a list of parts.`);
  }
  return content.flatMap((part, place) => decodePart(recordOf(part), `${param}.content[${place}]`));
}

function decodePart(part: JsonRecord, param: string): readonly ContentPart[] {
  switch (part.type) {
    case 'text': {
      const text = textOf(part.text) ?? '';
      return text === '' ? [] : [{ type: 'text', text }];
    }
    case 'image_url': {
      const { url, detail } = recordOf(part.image_url);
      const source = sourceOfUrl(textOf(url), `${param}.image_url.url`);
      return [{ type: 'image', source, ...given({ detail: textOf(detail) }) }];
    }
    case 'file':
      return [decodeFile(recordOf(part.file), `${param}.file`)];
    case 'input_audio': {
      const { data, format } = recordOf(part.input_audio);
      const mediaType = `audio/${textOf(format) ?? 'wav'}`;
      return [{ type: 'media', mediaType, data: textOf(data) ?? '', param: 'input_audio' }];
    }
    default: {
      const type = textOf(part.type);
      if (type === undefined) throw refusal(`${param}.type`, `'${param}.type' must be the kind of the part.`);
      return [{ type: 'native', protocol: protocolName, param: type, value: part }];
    }
  }
}

function decodeFile(file: JsonRecord, param: string): ContentPart {
  const filename = given({ filename: textOf(file.filename) });
  const id = textOf(file.file_id);
  if (id !== undefined) {
    const source: Source = { kind: 'stored', id, owner: fileOwner, param: 'file_id' };
    return { type: 'file', source, ...filename };
  }
  return { type: 'file', source: sourceOfUrl(textOf(file.file_data), `${param}.file_data`), ...filename };
}

function sourceOfUrl(url: string | undefined, param: string): Source {
  if (url === undefined || url === '') throw refusal(param, `'${param}' must be a URL, or a data: URL.`);
  const inline = parseDataUrl(url);
  return inline ? { kind: 'base64', ...inline } : { kind: 'url', url };
}
