import { invalid, openingOf, readModel, readStream, readText, scanBody, withModelInBody } from '../body.ts';
import type { Peek } from '../protocol.ts';
import { elements, isArray, scanObject, type Span } from '../scan.ts';

export function peek(body: Buffer): Peek {
  const members = scanBody(body, ['model', 'messages'], ['stream', 'prompt_cache_key']);
  checkMessages(body, members.get('messages'));
  const model = readModel(body, members);
  const stream = readStream(body, members);
  const session = readText(body, members, 'prompt_cache_key');
  return {
    ...(model ? { model } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(session === undefined ? {} : { session }),
  };
}

function checkMessages(body: Buffer, span: Span | undefined): void {
  if (!span) throw invalid("'messages' is missing: send the conversation as a list of messages.", 'messages');
  if (!isArray(body, span)) throw invalid("'messages' must be a list of messages.", 'messages');
  if (elements(body, span).next().done) {
    throw invalid("'messages' is an empty list: send at least one message.", 'messages');
  }
}

export const withModel = withModelInBody;

export function opening(body: Buffer): Buffer | undefined {
  const scan = scanObject(body, ['messages']);
  const messages = scan.kind === 'members' ? scan.members.get('messages') : undefined;
  return messages && openingOf(body, messages);
}
