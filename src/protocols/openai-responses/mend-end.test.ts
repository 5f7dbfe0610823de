import { describe, expect, it } from 'vitest';
import { mendEnd } from './mend-end.ts';

const item = {
  id: 'msg_1',
  type: 'message',
  content: [{ type: 'output_text', text: 'hi "response.completed"' }],
};
const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
const event = (type: string, members: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
const done = (place: number, one: object) =>
  event('response.output_item.done', { output_index: place, item: one });
const end = (output: readonly object[], type = 'response.completed') =>
  event(type, { response: { id: 'resp_1', output, usage: { input_tokens: 1 } } });

function through(...pieces: readonly string[]): string {
  const mend = mendEnd();
  return pieces.map((piece) => mend(Buffer.from(piece)).toString()).join('');
}

describe('the end of a stream whose output is empty', () => {
  it.each(['response.completed', 'response.incomplete'])(
    'has the items that were finished before (%s)',
    (type) => {
      const expected = done(0, item) + done(1, call) + end([item, call], type);
      expect(through(done(0, item), done(1, call), end([], type))).toBe(expected);
      expect(through(done(0, item) + done(1, call) + end([], type))).toBe(expected);
    },
  );

  it('stays as it came where it is whole, or where nothing was said', () => {
    const mend = mendEnd();
    for (const piece of [done(0, item), `${done(1, call)}: comment\n\n`, end([item]), 'data: [DONE]\n\n']) {
      const bytes = Buffer.from(piece);
      expect(mend(bytes)).toBe(bytes);
    }
    expect(through(event('response.created', { response: { output: [] } }), end([]))).toContain(
      '"output":[]',
    );
  });

  it('is left alone where it is cut off', () => {
    const half = end([]).slice(0, -20);
    expect(through(done(0, item), half)).toBe(done(0, item) + half);
  });
});
