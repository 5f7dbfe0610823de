import type { Extra, Tool, ToolChoice } from '../../chat/request.ts';
import { given, isRecord, listOf, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { fromOpenApiSchema } from './from-open-api.ts';
import { camelCase, member } from './member.ts';
import type { SchemaNode } from './schema-node.ts';
import { protocolName } from './wire-name.ts';

export interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly extras: readonly Extra[];
}

/**
 * Tools of the provider's that assistants declare whether the model needs them or not. Without them the model answers
 * from what it has, so they are left out, and reported; any other is refused.
 */
const optional = new Set(['googleSearch', 'googleSearchRetrieval', 'urlContext']);

export function decodeTools(value: unknown): DecodedTools {
  const tools: Tool[] = [];
  const extras: Extra[] = [];
  for (const group of recordsOf(value)) {
    tools.push(...recordsOf(member(group, 'functionDeclarations')).map(decodeFunction));
    for (const [name, tool] of Object.entries(group)) {
      const param = camelCase(name);
      if (param === 'functionDeclarations' || tool === null) continue;
      if (optional.has(param)) extras.push(extra(param, tool, 'hint'));
      else tools.push({ kind: 'native', protocol: protocolName, param, value: { [param]: tool } });
    }
  }
  return { tools, extras };
}

function decodeFunction(declaration: JsonRecord): Tool {
  const name = textOf(declaration.name) ?? '';
  const description = textOf(declaration.description);
  return {
    kind: 'function',
    name,
    ...given({ description, parameters: schemaOf(declaration, 'parametersJsonSchema', 'parameters') }),
  };
}

/** A schema, from whichever of the two fields holds it. */
export function schemaOf(record: JsonRecord, plain: string, openApi: string): SchemaNode | undefined {
  const schema = member(record, plain);
  if (isRecord(schema)) return schema;
  const older = member(record, openApi);
  return isRecord(older) ? fromOpenApiSchema(older) : undefined;
}

export function decodeToolChoice(toolConfig: unknown): ToolChoice | undefined {
  const config = recordOf(member(recordOf(toolConfig), 'functionCallingConfig'));
  const mode = (textOf(config.mode) ?? '').toUpperCase();
  const names = listOf(member(config, 'allowedFunctionNames')).flatMap((name) => textOf(name) || []);
  const tools = names.map((name) => ({ name }));
  switch (mode) {
    case 'NONE':
      return { mode: 'none' };
    case 'ANY': {
      const [only, ...more] = tools;
      if (!only) return { mode: 'required' };
      return more.length === 0 ? { mode: 'named', tool: only } : { mode: 'allowed', must: 'required', tools };
    }
    case 'AUTO':
      return { mode: 'auto' };
    case 'VALIDATED':
      return tools.length === 0 ? { mode: 'auto' } : { mode: 'allowed', must: 'auto', tools };
    default:
      return undefined;
  }
}

export function extra(name: string, value: unknown, weight: Extra['weight']): Extra {
  return { protocol: protocolName, name, value, weight };
}
