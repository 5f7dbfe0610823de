import { customDescription, customSchema } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { CustomTool, FunctionTool, Tool, ToolChoice } from '../../chat/request.ts';
import { given } from '../json-value.ts';
import { nativePart } from './encode-content.ts';
import { toGeminiJsonSchema } from './json-schema.ts';
import { toOpenApiSchema } from './open-api-schema.ts';
import { protocolName } from './wire-name.ts';

export interface ToolTarget {
  readonly names: ToolNames;
  readonly drops: DropList;
  /** Whether schemas may be JSON Schema; else the older, smaller dialect is written. */
  readonly jsonSchema: boolean;
}

/** All functions in one group, and each tool of the provider's in its own. */
export function encodeTools(tools: readonly Tool[], target: ToolTarget): readonly object[] {
  const own = tools.filter((tool) => tool.kind !== 'native');
  const natives = tools.flatMap((tool) => (tool.kind === 'native' ? [tool] : []));
  const foreign = natives.find(({ protocol }) => protocol !== protocolName);
  if (foreign) throw cannotCarry(foreign.param);
  const functionDeclarations = own.map((tool) => declare(tool, target));
  return [
    ...(functionDeclarations.length === 0 ? [] : [{ functionDeclarations }]),
    ...natives.map(({ value }) => nativePart(value)),
  ];
}

function declare(tool: FunctionTool | CustomTool, { names, drops, jsonSchema }: ToolTarget): object {
  noteMarks([tool], protocolName, drops);
  if (tool.kind === 'function' && tool.strict === true) drops.note('tools[].strict');
  if (tool.kind === 'custom' && tool.grammar) drops.note('tools[].format', 'a description of the grammar');
  const description =
    tool.kind === 'custom' ? customDescription(tool.description, tool.grammar) : tool.description;
  const schema = tool.kind === 'custom' ? customSchema : tool.parameters;
  const parameters = jsonSchema
    ? { parametersJsonSchema: toGeminiJsonSchema(schema) }
    : { parameters: toOpenApiSchema(schema) };
  return { name: names.onWire(tool), ...given({ description, ...parameters }) };
}

export function encodeToolChoice(choice: ToolChoice, names: ToolNames): object {
  return { functionCallingConfig: configOf(choice, names) };
}

function configOf(choice: ToolChoice, names: ToolNames): object {
  switch (choice.mode) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [names.onWire(choice.tool)] };
    case 'allowed': {
      const allowedFunctionNames = choice.tools.map((tool) => names.onWire(tool));
      return { mode: choice.must === 'required' ? 'ANY' : 'VALIDATED', allowedFunctionNames };
    }
  }
}
