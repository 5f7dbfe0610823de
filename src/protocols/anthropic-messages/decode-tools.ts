import { refusal } from '../../chat/dropped.ts';
import type { ChatRequest, Extra, Tool, ToolChoice } from '../../chat/request.ts';
import { flagOf, given, isRecord, listOf, recordOf, textOf } from '../json-value.ts';
import { readMarks } from './marks.ts';
import { protocolName } from './wire-name.ts';

/** A tool's own options, beside what every protocol knows. */
const options = [
  'cache_control',
  'defer_loading',
  'input_examples',
  'eager_input_streaming',
  'allowed_callers',
];

/**
 * Tools of the provider's that assistants declare whether the model needs them or not. Without them the model answers
 * from what it has, so they are left out, and reported; any other is refused.
 */
const OPTIONAL = /^(?:web_search|web_fetch|tool_search_tool)_/;

export interface DecodedTools {
  readonly tools: readonly Tool[];
  readonly extras: readonly Extra[];
}

/**
 * A tool of the provider's that must be called, or that is the only one, is what the request is about.
 * @param choice the request's own word for it
 */
export function decodeTools(declared: unknown, choice: unknown): DecodedTools {
  const { type: mode, name: chosen } = recordOf(choice);
  const all = listOf(declared);
  const optional = all.filter((tool) => {
    const { type, name } = recordOf(tool);
    return OPTIONAL.test(textOf(type) ?? '') && !(mode === 'tool' && chosen === name);
  });
  const left = optional.length < all.length ? optional : [];
  return {
    tools: all.flatMap((tool, place) => (left.includes(tool) ? [] : [decodeTool(tool, place)])),
    extras: left.map((value) => {
      const name = textOf(recordOf(value).type) ?? '';
      return { protocol: protocolName, name, value, weight: 'hint' };
    }),
  };
}

function decodeTool(tool: unknown, place: number): Tool {
  const { type, name, ...declared } = recordOf(tool);
  const versioned = textOf(type);
  // A versioned type says what the tool does; there is no schema that another protocol could be given.
  if (versioned !== undefined && versioned !== 'custom') {
    return { kind: 'native', protocol: protocolName, param: versioned, value: tool };
  }
  if (typeof name !== 'string' || name === '') {
    throw refusal(`tools[${place}].name`, `'tools[${place}].name' must be the name of a tool.`);
  }
  const { input_schema: schema } = declared;
  return {
    kind: 'function',
    name,
    ...given({
      description: textOf(declared.description),
      parameters: isRecord(schema) ? schema : undefined,
      strict: flagOf(declared.strict),
    }),
    ...readMarks(declared, options),
  };
}

export function decodeToolChoice(choice: unknown): Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> {
  if (!isRecord(choice)) return {};
  const toolChoice = modeOf(choice.type, choice.name);
  return { toolChoice, ...(choice.disable_parallel_tool_use === true ? { parallelToolCalls: false } : {}) };
}

function modeOf(type: unknown, name: unknown): ToolChoice {
  switch (type) {
    case 'auto':
    case 'none':
      return { mode: type };
    case 'any':
      return { mode: 'required' };
    case 'tool':
      if (typeof name === 'string') return { mode: 'named', tool: { name } };
  }
  throw refusal('tool_choice', "'tool_choice' must be of type auto, any, none, or tool with a name.");
}
