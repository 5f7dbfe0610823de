import type { Extra, Tool, ToolChoice } from '../../chat/request.ts';
import { flagOf, given, isRecord, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { protocolName } from './wire-name.ts';

export interface DecodedTools {
  readonly tools: readonly Tool[];
  /** Tools of the provider's that a request means nothing else without. */
  readonly extras: readonly Extra[];
}

/**
 * Tools of the provider's that assistants declare whether the model needs them or not. Without them the model answers
 * from what it has, so they are left out, and reported; any other is refused.
 */
const optional = new Set(['web_search', 'web_search_preview', 'image_generation', 'tool_search']);

export function decodeTools(declared: readonly unknown[]): DecodedTools {
  const records = declared.filter(isRecord);
  const isOptional = (tool: JsonRecord) => optional.has(typeOf(tool));
  return {
    tools: records.filter((tool) => !isOptional(tool)).flatMap((tool) => decodeTool(tool)),
    extras: records.filter(isOptional).map((tool) => extra(typeOf(tool), tool, 'hint')),
  };
}

function typeOf(tool: JsonRecord): string {
  return textOf(tool.type) ?? 'function';
}

function decodeTool(tool: JsonRecord, namespace?: string): readonly Tool[] {
  const type = typeOf(tool);
  const name = textOf(tool.name) ?? '';
  const named = { name, ...given({ namespace, description: textOf(tool.description) }) };
  switch (type) {
    case 'function': {
      const parameters = isRecord(tool.parameters) ? tool.parameters : undefined;
      return [{ kind: 'function', ...named, ...given({ parameters, strict: flagOf(tool.strict) }) }];
    }
    case 'custom':
      return [{ kind: 'custom', ...named, ...given({ grammar: grammarOf(tool.format) }) }];
    case 'namespace':
      // One level: there are no namespaces inside namespaces.
      if (namespace !== undefined) return [];
      return recordsOf(tool.tools).flatMap((inner) => decodeTool(inner, name));
    default:
      return [{ kind: 'native', protocol: protocolName, param: type, value: tool }];
  }
}

function grammarOf(format: unknown): { readonly syntax: string; readonly definition: string } | undefined {
  const { type, syntax, definition } = recordOf(format);
  if (type !== 'grammar') return undefined;
  return { syntax: textOf(syntax) ?? '', definition: textOf(definition) ?? '' };
}

export interface DecodedChoice {
  readonly choice?: ToolChoice;
  readonly extra?: Extra;
}

export function decodeToolChoice(value: unknown): DecodedChoice {
  if (value === 'auto' || value === 'none' || value === 'required') return { choice: { mode: value } };
  if (!isRecord(value)) return {};
  const type = textOf(value.type);
  if (type === 'function' || type === 'custom') return { choice: { mode: 'named', tool: nameOf(value) } };
  if (type === 'allowed_tools') {
    const must = value.mode === 'required' ? 'required' : 'auto';
    return { choice: { mode: 'allowed', must, tools: recordsOf(value.tools).map(nameOf) } };
  }
  return { extra: extra('tool_choice', value, 'meant') };
}

function nameOf(value: JsonRecord): { readonly name: string; readonly namespace?: string } {
  return { name: textOf(value.name) ?? '', ...given({ namespace: textOf(value.namespace) || undefined }) };
}

export function extra(name: string, value: unknown, weight: Extra['weight']): Extra {
  return { protocol: protocolName, name, value, weight };
}
