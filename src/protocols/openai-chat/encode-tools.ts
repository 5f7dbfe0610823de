import { customDescription, customSchema } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { ToolName } from '../../chat/part.ts';
import type { CustomTool, FunctionTool, Tool, ToolChoice } from '../../chat/request.ts';
import { given } from '../json-value.ts';
import { conformsToStrict } from '../strict-schema.ts';
import { protocolName } from './wire-name.ts';

export function encodeTools(
  tools: readonly Tool[],
  names: ToolNames,
  facts: ModelFacts,
  drops: DropList,
): readonly object[] {
  return tools.map((tool): object => {
    if (tool.kind === 'custom') return encodeCustom(tool, names.onWire(tool), facts, drops);
    if (tool.kind === 'function') return encodeFunction(tool, names.onWire(tool), drops);
    if (tool.protocol !== protocolName || typeof tool.value !== 'object' || tool.value === null) {
      throw cannotCarry(tool.param);
    }
    return tool.value;
  });
}

function encodeFunction(tool: FunctionTool, name: string, drops: DropList): object {
  noteMarks([tool], protocolName, drops);
  const { description, parameters, strict } = tool;
  const isStrict = strict === true && conformsToStrict(parameters);
  if (strict === true && !isStrict) drops.note('tools[].strict');
  const declared = { name, ...given({ description, parameters }), ...(isStrict ? { strict } : {}) };
  return { type: 'function', function: declared };
}

function encodeCustom(tool: CustomTool, name: string, facts: ModelFacts, drops: DropList): object {
  const { grammar } = tool;
  if (facts.customTools === true) {
    const format = grammar ? { type: 'grammar', grammar } : { type: 'text' };
    return { type: 'custom', custom: { name, ...given({ description: tool.description }), format } };
  }
  if (grammar) drops.note('tools[].format', 'a description of the grammar');
  const description = customDescription(tool.description, grammar);
  return { type: 'function', function: { name, ...given({ description }), parameters: customSchema } };
}

export function encodeToolChoice(
  choice: ToolChoice | undefined,
  names: ToolNames,
  facts: ModelFacts,
): unknown {
  if (choice === undefined) return undefined;
  if (choice.mode === 'named') return namedChoice(choice.tool, names, facts);
  if (choice.mode !== 'allowed') return choice.mode;
  const tools = choice.tools.map((tool) => namedChoice(tool, names, facts));
  return { type: 'allowed_tools', allowed_tools: { mode: choice.must, tools } };
}

function namedChoice(tool: Omit<ToolName, 'kind'>, names: ToolNames, facts: ModelFacts): object {
  const name = names.onWire(tool);
  const isCustom = facts.customTools === true && names.originals.get(name)?.kind === 'custom';
  return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } };
}
