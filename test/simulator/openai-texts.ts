import type { Complaint } from './behaviour.ts';
import type { Dialect, Generation } from './dialect.ts';
import type { Frame } from './frames.ts';
import { isObject } from './json.ts';
import { speechOf } from './speech.ts';

/** Reads what names a model and holds a text, under either name. */
function readText(body: unknown): Generation | { readonly refused: Complaint } {
  const text = isObject(body) ? (body['prompt'] ?? body['input']) : undefined;
  if (!isObject(body) || typeof body['model'] !== 'string' || text === undefined) {
    return { refused: { message: 'A model and a text are required.', param: 'model' } };
  }
  return {
    model: body['model'],
    stream: body['stream'] === true,
    includeUsage: false,
    lastUserText: typeof text === 'string' ? text : JSON.stringify(text),
  };
}

const DONE: Frame = { role: 'end', data: '[DONE]' };

/** OpenAI's endpoint for bare texts. */
export const openaiCompletions: Dialect = {
  name: 'openai-completions',
  read: readText,
  whole: (request, content, speaker) =>
    JSON.stringify({
      object: 'text_completion',
      model: request.model,
      choices: [{ index: 0, text: speechOf(request, content, speaker).text.join(''), finish_reason: 'stop' }],
    }),
  frames(request, content, speaker) {
    const chunk = (text: string, reason: string | null): Frame => ({
      role: reason === null ? 'content' : 'finish',
      data: JSON.stringify({
        object: 'text_completion',
        choices: [{ index: 0, text, finish_reason: reason }],
      }),
    });
    const pieces = speechOf(request, content, speaker).text.map((text) => chunk(text, null));
    return [...pieces, chunk('', 'stop'), DONE];
  },
  terminator: () => [DONE],
  errorFrame: (error) => ({ role: 'error', data: JSON.stringify({ error }) }),
};

/** OpenAI's endpoint for vectors. */
export const openaiEmbeddings: Dialect = {
  ...openaiCompletions,
  name: 'openai-embeddings',
  whole: ({ model }) =>
    JSON.stringify({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
      model,
      usage: { prompt_tokens: 2, total_tokens: 2 },
    }),
};
