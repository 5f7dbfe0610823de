import { plainMediaType } from '../../chat/data-url.ts';
import { refusal } from '../../chat/dropped.ts';
import type { ContentPart, Source, TextPart } from '../../chat/part.ts';
import { given, isRecord, listOf, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { readMarks } from './marks.ts';
import { fileOwner, protocolName } from './wire-name.ts';

/** `content` as blocks: a string is one text. */
export function blocksOf(content: unknown, param: string): readonly JsonRecord[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (Array.isArray(content) && content.every(isRecord)) return content;
  throw refusal(param, `'${param}' must be a string or a list of blocks.`);
}

export function decodeBlocks(content: unknown, param: string): readonly ContentPart[] {
  return blocksOf(content, param).flatMap((block, place) => decodeBlock(block, `${param}[${place}]`));
}

/** Empty texts say nothing and are left out. */
export function decodeText(block: JsonRecord): readonly TextPart[] {
  const text = textOf(block.text) ?? '';
  return text === '' ? [] : [{ type: 'text', text, ...readMarks(block, ['cache_control', 'citations']) }];
}

export function decodeBlock(block: JsonRecord, param: string): readonly ContentPart[] {
  switch (block.type) {
    case 'text':
      return decodeText(block);
    case 'image': {
      const source = decodeSource(block.source, `${param}.source`);
      return [{ type: 'image', source, ...readMarks(block, ['cache_control']) }];
    }
    case 'document': {
      const inner = listOf(recordOf(block.source).content);
      // What holds more than text has no like in other protocols.
      if (inner.some((part) => recordOf(part).type !== 'text')) {
        return [{ type: 'native', protocol: protocolName, param: 'document', value: block }];
      }
      const source = decodeSource(block.source, `${param}.source`);
      const filename = given({ filename: textOf(block.title) });
      const marks = readMarks(block, ['cache_control', 'context', 'citations']);
      return [{ type: 'file', source, ...filename, ...marks }];
    }
    case 'search_result':
      return [asText(searchResultText(block), block)];
    case 'tool_reference':
      return [asText(`The tool ${textOf(block.tool_name) ?? ''} is available now.`, block)];
    default: {
      const type = textOf(block.type);
      if (type === undefined)
        throw refusal(`${param}.type`, `'${param}.type' must be the kind of the block.`);
      return [{ type: 'native', protocol: protocolName, param: type, value: block }];
    }
  }
}

/** What can be said in words; this protocol gets its block back. */
function asText(text: string, block: JsonRecord): TextPart {
  return { type: 'text', text, extensions: { [protocolName]: { [String(block.type)]: block } } };
}

function searchResultText(block: JsonRecord): string {
  const heading = `${textOf(block.title) ?? ''} (${textOf(block.source) ?? ''})`;
  return [heading, ...recordsOf(block.content).map(({ text }) => textOf(text) ?? '')].join('\n');
}

function decodeSource(value: unknown, param: string): Source {
  const { type, data, media_type: mediaType, ...source } = recordOf(value);
  switch (type) {
    case 'base64':
      if (typeof data !== 'string') break;
      return { kind: 'base64', mediaType: plainMediaType(textOf(mediaType) ?? ''), data };
    case 'url':
      if (typeof source.url !== 'string') break;
      return { kind: 'url', url: source.url };
    case 'text':
      return { kind: 'text', text: textOf(data) ?? '' };
    case 'content':
      return { kind: 'text', text: contentText(source.content) };
    case 'file':
      return { kind: 'stored', id: textOf(source.file_id) ?? '', owner: fileOwner, param: 'file_id' };
  }
  throw refusal(param, `'${param}' must be of type base64, url, text, content or file.`);
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return recordsOf(content)
    .map(({ text }) => textOf(text) ?? '')
    .join('\n\n');
}
