import { isBlank, isRecord, parseJson } from '../json-value.ts';
import type { Meaning, Protocol } from '../protocol.ts';
import { peek } from './completions.ts';
import { openaiChat } from './protocol.ts';

/** Vectors of texts (platform.openai.com/docs/api-reference/embeddings), at the addresses where chat is. */
export const openaiEmbeddings: Protocol = {
  ...openaiChat,
  path: () => '/embeddings',
  peek,
  opening: () => undefined,
  meaningOfBody,
};

/** An error is short; a list of vectors need not be looked into. */
const MAX_ERROR_BYTES = 4096;

function meaningOfBody(body: Buffer): Meaning {
  const text = body.toString('utf8', 0, MAX_ERROR_BYTES);
  const answer = body.length > MAX_ERROR_BYTES ? {} : parseJson(text);
  const isError = !isRecord(answer) || !isBlank(answer.error) || !/^\s*\{/.test(text);
  return isError ? { kind: 'error', body: text } : { kind: 'content' };
}
