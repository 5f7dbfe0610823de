import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../chat/event.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';

function decode(...events: readonly object[]): readonly ChatEvent[] {
  const decoder = decodeStream();
  return [...events.flatMap((event) => decoder.feed(JSON.stringify(event))), ...decoder.end()];
}

describe('whatever an upstream sends', () => {
  const types = [
    'response.created',
    'response.output_item.added',
    'response.output_item.done',
    'response.output_text.delta',
    'response.refusal.delta',
    'response.function_call_arguments.delta',
    'response.reasoning_summary_text.delta',
    'response.completed',
    'error',
  ];
  const item = fc
    .record({ type: fc.constantFrom('message', 'reasoning', 'function_call', 'custom_tool_call', 'other') })
    .chain((head) =>
      fc
        .dictionary(
          fc.constantFrom('call_id', 'name', 'arguments', 'input', 'content', 'summary', 'encrypted_content'),
          fc.jsonValue({ maxDepth: 2 }),
        )
        .map((rest) => ({ ...rest, ...head })),
    );
  const event = fc.record(
    {
      type: fc.constantFrom(...types),
      output_index: fc.nat({ max: 2 }),
      item,
      delta: fc.oneof(fc.string(), fc.jsonValue()),
      response: fc.oneof(fc.record({ output: fc.array(item) }), fc.jsonValue()),
    },
    { requiredKeys: ['type'] },
  );

  it('the events are well formed: one start, parts that do not overlap, one end', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const told = decode(...events);
        const names = told.map(({ type }) => type);
        expect(names.filter((name) => name === 'finish' || name === 'failure')).toHaveLength(1);
        expect(names.filter((name) => name === 'message-start').length).toBeLessThan(2);
        expectNesting(told);
      }),
      { numRuns: 50 },
    );
  });

  it('nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (data) => {
        const decoder = decodeStream();
        for (const text of data) decoder.feed(text);
        decoder.end();
        for (const text of data) decodeResponse(text);
      }),
    );
  });
});

function expectNesting(events: readonly ChatEvent[]): void {
  let open: number | undefined;
  let next = 0;
  for (const event of events) {
    if (!('index' in event)) continue;
    if (event.type.endsWith('-start')) {
      expect(open).toBeUndefined();
      expect(event.index).toBe(next);
      open = event.index;
      next += 1;
    } else expect(event.index).toBe(open);
    if (event.type.endsWith('-end')) open = undefined;
  }
}
