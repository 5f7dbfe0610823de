import { customDescription, customSchema } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { ChatRequest, CustomTool, FunctionTool, Tool, ToolChoice } from '../../chat/request.ts';
import { given } from '../json-value.ts';
import { conformsToStrict } from '../strict-schema.ts';
import { protocolName } from './wire-name.ts';

export interface ToolTarget {
  readonly names: ToolNames;
  readonly drops: DropList;
  readonly customTools: boolean;
}

/** @throws RotaError of kind `invalid-request` for a tool that another provider runs */
export function encodeTools(tools: readonly Tool[], target: ToolTarget): readonly unknown[] {
  return tools.map((tool) => {
    noteMarks([tool], protocolName, target.drops);
    switch (tool.kind) {
      case 'function':
        return encodeFunction(tool, target);
      case 'custom':
        return encodeCustom(tool, target);
      case 'native':
        if (tool.protocol !== protocolName) throw cannotCarry(tool.param);
        return tool.value;
    }
  });
}

/** `strict` is always said: where it is not, the server tries it. */
function encodeFunction(tool: FunctionTool, { names, drops }: ToolTarget): object {
  const parameters = { type: 'object', ...(tool.parameters ?? { properties: {} }) };
  const strict = tool.strict === true && conformsToStrict(parameters);
  if (tool.strict === true && !strict) drops.note('tools[].strict');
  return {
    type: 'function',
    name: names.onWire(tool),
    ...given({ description: tool.description }),
    parameters,
    strict,
  };
}

function encodeCustom(tool: CustomTool, { names, drops, customTools }: ToolTarget): object {
  const { grammar } = tool;
  const name = names.onWire(tool);
  if (!customTools) {
    if (grammar) drops.note('tools[].format', 'a description of the grammar');
    const description = customDescription(tool.description, grammar);
    return { type: 'function', name, ...given({ description }), parameters: customSchema, strict: false };
  }
  const format = grammar ? { type: 'grammar', ...grammar } : { type: 'text' };
  return { type: 'custom', name, ...given({ description: tool.description }), format };
}

export function encodeToolChoice(
  choice: ToolChoice,
  request: Pick<ChatRequest, 'tools'>,
  target: ToolTarget,
): unknown {
  const naming = (tool: { readonly name: string; readonly namespace?: string }) => {
    const declared = request.tools.find(
      (one) => one.kind !== 'native' && one.name === tool.name && one.namespace === tool.namespace,
    );
    const type = declared?.kind === 'custom' && target.customTools ? 'custom' : 'function';
    return { type, name: target.names.onWire(tool) };
  };
  switch (choice.mode) {
    case 'named':
      return naming(choice.tool);
    case 'allowed':
      return { type: 'allowed_tools', mode: choice.must, tools: choice.tools.map(naming) };
    case 'auto':
    case 'none':
    case 'required':
      return choice.mode;
  }
}
