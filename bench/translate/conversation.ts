import type { ChatEvent } from '../../src/chat/event.ts';
import type { ChatRequest, Turn } from '../../src/chat/request.ts';

const line =
  'const total = items.map((item) => item.price * item.count).reduce((sum, price) => sum + price, 0);\n';

/** What an assistant sends after a long morning: questions, calls, and files that were read. */
export function makeConversation(bytes: number): ChatRequest {
  const turns: Turn[] = [
    { role: 'system', rank: 'system', parts: [{ type: 'text', text: line.repeat(100) }] },
    { role: 'user', parts: [{ type: 'text', text: 'Make the tests pass.' }] },
  ];
  const file = line.repeat(60);
  for (let written = 0; written < bytes; written += file.length * 1.08) {
    const id = `call_${turns.length}`;
    const input = JSON.stringify({ path: `src/part-${turns.length}.ts`, lines: [1, 60] });
    turns.push(
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'I will read the next file.' },
          { type: 'tool-call', id, name: 'read_file', kind: 'function', input },
        ],
      },
      {
        role: 'tool',
        parts: [{ type: 'tool-result', callId: id, parts: [{ type: 'text', text: file }], isError: false }],
      },
      { role: 'user', parts: [{ type: 'text', text: 'Go on.' }] },
    );
  }
  return {
    turns,
    tools: Array.from({ length: 20 }, (_, nth) => ({
      kind: 'function' as const,
      name: nth === 0 ? 'read_file' : `tool_${nth}`,
      description: line.repeat(5),
      parameters: { type: 'object', properties: { path: { type: 'string' }, lines: { type: 'array' } } },
    })),
    sampling: {},
    stopSequences: [],
    extras: [],
    stream: true,
    streamUsage: true,
    maxOutputTokens: 8192,
  };
}

/** An answer of many small pieces. */
export function makeAnswer(pieces: number): readonly ChatEvent[] {
  const deltas = Array.from({ length: pieces }, (_, nth): ChatEvent => ({
    type: 'text-delta',
    index: 0,
    text: ` word${nth}`,
  }));
  return [
    { type: 'message-start', id: 'answer', model: 'm' },
    { type: 'text-start', index: 0 },
    ...deltas,
    { type: 'text-end', index: 0 },
    { type: 'usage', usage: { inputTokens: 10, outputTokens: pieces } },
    { type: 'finish', reason: 'end' },
  ];
}
