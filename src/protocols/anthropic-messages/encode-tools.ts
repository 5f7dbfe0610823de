import { customDescription, customSchema } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ToolNames } from '../../chat/names.ts';
import type {
  ChatRequest,
  CustomTool,
  FunctionTool,
  JsonSchema,
  Tool,
  ToolChoice,
} from '../../chat/request.ts';
import { allowedTools } from '../../chat/wishes.ts';
import { given, isRecord } from '../json-value.ts';
import { ownMarks } from './marks.ts';
import { protocolName } from './wire-name.ts';

/** `tools` and `tool_choice`: neither where there are no tools. */
export function encodeTools(
  request: ChatRequest,
  choice: ToolChoice | undefined,
  names: ToolNames,
  drops: DropList,
): object {
  const tools = allowedTools(request.tools, request.toolChoice);
  if (tools.length === 0) return {};
  const toolChoice = encodeChoice(choice, request.parallelToolCalls === false, names, drops);
  return {
    tools: tools.map((tool) => encodeTool(tool, names, drops)),
    ...given({ tool_choice: toolChoice }),
  };
}

function encodeTool(tool: Tool, names: ToolNames, drops: DropList): unknown {
  if (tool.kind === 'native') {
    if (tool.protocol !== protocolName) throw cannotCarry(tool.param);
    return tool.value;
  }
  noteMarks([tool], protocolName, drops);
  const name = names.onWire(tool);
  return tool.kind === 'custom' ? customTool(tool, name, drops) : functionTool(tool, name, drops);
}

function functionTool(tool: FunctionTool, name: string, drops: DropList): object {
  if (tool.strict === true) drops.note('tools[].strict');
  return {
    name,
    ...given({ description: tool.description }),
    input_schema: objectSchema(tool.parameters, drops),
    ...ownMarks(tool),
  };
}

function customTool(tool: CustomTool, name: string, drops: DropList): object {
  if (tool.grammar) drops.note('tools[].format', 'a description of the grammar');
  const description = customDescription(tool.description, tool.grammar);
  return { name, ...given({ description }), input_schema: customSchema };
}

/** The root must be an object, and no choice of several. */
function objectSchema(parameters: JsonSchema | undefined, drops: DropList): JsonSchema {
  if (parameters === undefined) return { type: 'object', properties: {} };
  const { oneOf, anyOf, allOf, ...rest } = parameters;
  if (oneOf !== undefined || anyOf !== undefined || allOf !== undefined) {
    drops.note('tools[].parameters', 'an object of any shape');
    return { ...rest, type: 'object', properties: isRecord(rest.properties) ? rest.properties : {} };
  }
  return parameters.type === 'object' ? parameters : { ...rest, type: 'object' };
}

function encodeChoice(
  choice: ToolChoice | undefined,
  oneAtATime: boolean,
  names: ToolNames,
  drops: DropList,
): object | undefined {
  const mode = choice?.mode === 'allowed' ? choice.must : choice?.mode;
  if (choice?.mode === 'allowed') drops.note('allowed_tools', 'only the allowed tools');
  const single = oneAtATime ? { disable_parallel_tool_use: true } : {};
  switch (mode) {
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...single };
    case 'named':
      return choice?.mode === 'named'
        ? { type: 'tool', name: names.onWire(choice.tool), ...single }
        : undefined;
    case 'auto':
      return { type: 'auto', ...single };
    case undefined:
      return oneAtATime ? { type: 'auto', ...single } : undefined;
  }
}
