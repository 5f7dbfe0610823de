import type { Complaint } from './behaviour.ts';
import type { Generation } from './dialect.ts';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(message: string, param: string, code: string | null = null): { refused: Complaint } {
  return { refused: { message, param, code } };
}

/** Reads a Chat Completions body and refuses what OpenAI refuses. */
export function readChatRequest(body: unknown): Generation | { readonly refused: Complaint } {
  if (!isObject(body)) return refused('The body must be a JSON object.', 'body');
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    return refused('You must provide a model parameter.', 'model', 'missing_required_parameter');
  }
  const messages = body['messages'];
  if (!Array.isArray(messages) || messages.length === 0) {
    return refused("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  }
  const stream = body['stream'] === true;
  const options = body['stream_options'];
  if (options !== undefined && options !== null && !stream) {
    return refused(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  const complaint = toolOrder(messages);
  if (complaint !== undefined) return refused(complaint, 'messages');
  return {
    model: body['model'],
    stream,
    includeUsage: isObject(options) && options['include_usage'] === true,
    lastUserText: lastUserText(messages),
  };
}

/** Every call of an assistant turn is answered right after it, and nothing is answered that was not called. */
function toolOrder(messages: readonly unknown[]): string | undefined {
  const open = new Set<string>();
  for (const message of messages) {
    if (!isObject(message) || typeof message['role'] !== 'string') return 'Every message needs a role.';
    if (message['role'] === 'tool') {
      const id = message['tool_call_id'];
      if (typeof id !== 'string' || !open.delete(id)) {
        return "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
      }
      continue;
    }
    if (open.size > 0) break;
    for (const id of calledIds(message)) open.add(id);
  }
  return open.size === 0
    ? undefined
    : "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
}

function calledIds(message: Json): string[] {
  const calls = message['role'] === 'assistant' ? message['tool_calls'] : undefined;
  if (!Array.isArray(calls)) return [];
  return calls.flatMap((call: unknown) =>
    isObject(call) && typeof call['id'] === 'string' ? [call['id']] : [],
  );
}

function lastUserText(messages: readonly unknown[]): string {
  const last = messages.findLast((message) => isObject(message) && message['role'] === 'user');
  const content = isObject(last) ? last['content'] : undefined;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}
