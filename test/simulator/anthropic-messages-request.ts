import type { Complaint } from './behaviour.ts';
import type { Generation } from './dialect.ts';
import { isObject, recordsIn, textIn, type Json } from './json.ts';

function refused(message: string): { readonly refused: Complaint } {
  return { refused: { message } };
}

/** Reads a Messages body and refuses what Anthropic refuses. Counting takes the same body, without `max_tokens`. */
export function readMessagesRequest(body: unknown): Generation | { readonly refused: Complaint } {
  if (!isObject(body)) return refused('The body must be a JSON object.');
  if (typeof body['model'] !== 'string' || body['model'] === '') return refused('model: Field required');
  const messages = recordsIn(body['messages']);
  if (messages.length === 0) return refused('messages: at least one message is required');
  if (messages[0]?.['role'] !== 'user') return refused('messages: first message must use the "user" role');
  const complaint = toolOrder(messages);
  if (complaint !== undefined) return refused(complaint);
  return {
    model: body['model'],
    stream: body['stream'] === true,
    includeUsage: true,
    lastUserText: textIn(messages.findLast((message) => message['role'] === 'user')?.['content']),
  };
}

/** The results of a turn's calls stand in the very next message. */
function toolOrder(messages: readonly Json[]): string | undefined {
  let open: string[] = [];
  for (const message of messages) {
    const blocks = recordsIn(message['content']);
    const results = blocks
      .filter(({ type }) => type === 'tool_result')
      .map((block) => String(block['tool_use_id']));
    const stray = results.find((id) => !open.includes(id));
    if (stray !== undefined) return `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}`;
    const missing = open.find((id) => !results.includes(id));
    if (missing !== undefined)
      return `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing}`;
    open = blocks.filter(({ type }) => type === 'tool_use').map((block) => String(block['id']));
  }
  return undefined;
}
