import { refusal } from '../../chat/dropped.ts';
import type { Tool, ToolChoice } from '../../chat/request.ts';
import {
  flagOf,
  given,
  isRecord,
  listOf,
  recordOf,
  recordsOf,
  textOf,
  type JsonRecord,
} from '../json-value.ts';
import { protocolName } from './wire-name.ts';

/** `tools`, and the older `functions`. */
export function decodeTools(body: JsonRecord): readonly Tool[] {
  const functions = recordsOf(body.functions).map((declared) => functionTool(declared, 'functions'));
  return [...listOf(body.tools).map(decodeTool), ...functions];
}

function decodeTool(tool: unknown, place: number): Tool {
  const { type, ...declared } = recordOf(tool);
  if (type === 'function') return functionTool(recordOf(declared.function), `tools[${place}].function`);
  if (type === 'custom') return customTool(recordOf(declared.custom), `tools[${place}].custom`);
  const param = textOf(type);
  if (param === undefined) throw refusal(`tools[${place}]`, `'tools[${place}]' has no 'type'.`);
  return { kind: 'native', protocol: protocolName, param, value: tool };
}

function functionTool(declared: JsonRecord, param: string): Tool {
  const { parameters } = declared;
  return {
    kind: 'function',
    name: nameOf(declared, param),
    ...given({
      description: textOf(declared.description),
      parameters: isRecord(parameters) ? parameters : undefined,
      strict: flagOf(declared.strict),
    }),
  };
}

function customTool(declared: JsonRecord, param: string): Tool {
  const format = recordOf(declared.format);
  const { syntax, definition } = recordOf(format.grammar);
  const grammar =
    typeof syntax === 'string' && typeof definition === 'string' ? { syntax, definition } : undefined;
  const description = textOf(declared.description);
  return { kind: 'custom', name: nameOf(declared, param), ...given({ description, grammar }) };
}

function nameOf(declared: JsonRecord, param: string): string {
  const name = textOf(declared.name);
  if (name) return name;
  throw refusal(`${param}.name`, `'${param}.name' must be the name of a tool.`);
}

/** `tool_choice`, and the older `function_call`. */
export function decodeToolChoice(body: JsonRecord): ToolChoice | undefined {
  const choice = body.tool_choice ?? body.function_call;
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  const { type, ...chosen } = recordOf(choice);
  if (type === 'allowed_tools') return allowedTools(recordOf(chosen.allowed_tools));
  const name = nameOfChoice(choice);
  if (name !== undefined) return { mode: 'named', tool: { name } };
  throw refusal('tool_choice', "'tool_choice' must be auto, none, required, or name a tool.");
}

function allowedTools({ mode, tools }: JsonRecord): ToolChoice {
  return {
    mode: 'allowed',
    must: mode === 'required' ? 'required' : 'auto',
    tools: recordsOf(tools).flatMap((tool) => {
      const name = nameOfChoice(tool);
      return name === undefined ? [] : [{ name }];
    }),
  };
}

function nameOfChoice(choice: unknown): string | undefined {
  const { function: called, custom, name } = recordOf(choice);
  return textOf(recordOf(called).name) ?? textOf(recordOf(custom).name) ?? textOf(name);
}
