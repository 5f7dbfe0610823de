import { createHash } from 'node:crypto';
import type {
  ChatRequest,
  CustomTool,
  FunctionTool,
  NativeTool,
  Sampling,
  ToolChoice,
  Turn,
} from './request.ts';

const MAX_END_USER_CHARACTERS = 64;

/** A name of the person behind the client that is short enough, and the same every time. */
export function shortEndUserId(endUserId: string): string {
  return endUserId.length <= MAX_END_USER_CHARACTERS
    ? endUserId
    : createHash('sha256').update(endUserId).digest('hex');
}

/** How many tokens to ask for: the client's wish within the model's limit. */
export function outputLimit(
  request: Pick<ChatRequest, 'maxOutputTokens'>,
  facts: { readonly maxOutputTokens?: number } | undefined,
): number | undefined {
  const { maxOutputTokens: wished } = request;
  const most = facts?.maxOutputTokens;
  return wished === undefined || most === undefined ? wished : Math.min(wished, most);
}

/**
 * Of the wishes for sampling those that are one: 1 is what `temperature` and `top_p` are everywhere, and where they are
 * not taken, nothing is lost with it.
 */
export function unusualSampling({ temperature, topP }: Sampling): readonly string[] {
  return [
    ...(temperature === undefined || temperature === 1 ? [] : ['temperature']),
    ...(topP === undefined || topP === 1 ? [] : ['top_p']),
  ];
}

/** Some protocols refuse JSON mode where nothing said asks for JSON. */
export function mentionsJson(turns: readonly Turn[]): boolean {
  return turns.some((turn) => turn.parts.some((part) => 'text' in part && /json/i.test(part.text)));
}

export const askForJson = 'Answer with a single JSON object and nothing else.';

/** The tools that a choice leaves, for protocols that cannot say "one of these". */
export function allowedTools(
  tools: readonly (FunctionTool | CustomTool | NativeTool)[],
  choice: ToolChoice | undefined,
): readonly (FunctionTool | CustomTool | NativeTool)[] {
  if (choice?.mode !== 'allowed') return tools;
  return tools.filter(
    (tool) =>
      tool.kind !== 'native' &&
      choice.tools.some(({ name, namespace }) => name === tool.name && namespace === tool.namespace),
  );
}
