import type { Complaint } from './behaviour.ts';
import type { Generation } from './dialect.ts';
import { isObject, recordsIn, textIn } from './json.ts';

function refused(message: string, param: string): { readonly refused: Complaint } {
  return { refused: { message, param, code: null } };
}

/** Reads a Responses body and refuses what OpenAI refuses. */
export function readResponsesRequest(body: unknown): Generation | { readonly refused: Complaint } {
  if (!isObject(body)) return refused('The body must be a JSON object.', 'body');
  const { model, input, previous_response_id: previous } = body;
  if (typeof model !== 'string' || model === '')
    return refused("Missing required parameter: 'model'.", 'model');
  const items = recordsIn(input);
  if (typeof input !== 'string' && items.length === 0)
    return refused("Missing required parameter: 'input'.", 'input');
  const called = items.filter(({ type }) => type === 'function_call').map((item) => item['call_id']);
  const answered = items.filter(({ type }) => type === 'function_call_output').map((item) => item['call_id']);
  const open = called.find((id) => !answered.includes(id));
  if (open !== undefined)
    return refused(`No tool output found for function call ${JSON.stringify(open)}.`, 'input');
  const user = items.findLast(({ role }) => role === 'user');
  return {
    model,
    stream: body['stream'] === true,
    includeUsage: true,
    lastUserText: typeof input === 'string' ? input : textIn(user?.['content']),
    ...(typeof previous === 'string' ? { previous } : {}),
  };
}
