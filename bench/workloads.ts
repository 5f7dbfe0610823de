/** What one sort of request asks for and what comes back. Both ends of the benchmark build it from its name. */
export interface Workload {
  readonly name: string;
  /** The request's body. */
  readonly body: Buffer;
  /** The whole answer of one that does not stream. */
  readonly answer?: Buffer;
  /** The events of one that streams. */
  readonly events?: readonly Buffer[];
  /** Milliseconds between events; absent: each in its own turn of the event loop. */
  readonly everyMs?: number;
  /** The bytes of the answer, by which a short one is found out. */
  readonly answerBytes: number;
}

export const modelNames = [
  'bench-small',
  'bench-stream-50',
  'bench-stream-1000',
  'bench-1mb',
  'bench-slow',
] as const;
export type ModelName = (typeof modelNames)[number];

/** A model that answers as it should in 15 s: longer than any run holds it. */
export const SLOW_EVERY_MS = 50;
const SLOW_EVENTS = 300;
const LARGE_BODY_BYTES = 1024 * 1024;

export function makeWorkload(name: ModelName): Workload {
  switch (name) {
    case 'bench-small':
      return blocking(name, [{ role: 'user', content: 'What does this function return for an empty list?' }]);
    case 'bench-1mb':
      return blocking(name, longConversation());
    case 'bench-stream-50':
      return streaming(name, 50);
    case 'bench-stream-1000':
      return streaming(name, 1000);
    case 'bench-slow':
      return { ...streaming(name, SLOW_EVENTS), everyMs: SLOW_EVERY_MS };
  }
}

interface Message {
  readonly role: string;
  readonly content: string;
}

function requestBody(model: ModelName, messages: readonly Message[], stream: boolean): Buffer {
  return Buffer.from(JSON.stringify({ model, messages, ...(stream ? { stream } : { temperature: 0.2 }) }));
}

function blocking(name: ModelName, messages: readonly Message[]): Workload {
  const message = {
    role: 'assistant',
    content: 'It returns `undefined`: there is no first element. '.repeat(8),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  const usage = { prompt_tokens: 20, completion_tokens: 90, total_tokens: 110 };
  const answer = Buffer.from(
    JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: name, choices, usage }),
  );
  return { name, body: requestBody(name, messages, false), answer, answerBytes: answer.length };
}

function streaming(name: ModelName, count: number): Workload {
  const event = (delta: object, finish: string | null) => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: name, choices };
    return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  const opening = event({ role: 'assistant', content: '' }, null);
  const content = Array.from({ length: count - 3 }, (_, at) => event({ content: ` word${at}` }, null));
  const events = [opening, ...content, event({}, 'stop'), Buffer.from('data: [DONE]\n\n')];
  const messages = [{ role: 'user', content: 'Explain this function, please.' }];
  const answerBytes = events.reduce((sum, { length }) => sum + length, 0);
  return { name, body: requestBody(name, messages, true), events, answerBytes };
}

/** What an assistant sends late in a session: a long system prompt, then turns full of source text with its escapes. */
function longConversation(): readonly Message[] {
  const line = '  if (value === "") return new Map([["key", \'value\']]); // a line of source\n';
  const messages = [{ role: 'system', content: line.repeat(128) }];
  for (let bytes = 0; bytes < LARGE_BODY_BYTES; bytes += 4100) {
    messages.push({ role: messages.length % 2 === 1 ? 'user' : 'assistant', content: line.repeat(46) });
  }
  return messages;
}
