import { describe, expect, test } from 'vitest';
import { foldAnswer } from '../../src/chat/answer.ts';
import { eventsOf } from '../../src/chat/events-of.ts';
import { spoken } from '../../src/protocols/spoken.ts';
import { writeServerSentEvent } from '../../src/protocols/translator.ts';
import { contextOf, decodeChunks, runAll } from './translate.ts';
import { translatorOf } from './translators.ts';

const asked = { turns: [], tools: [], sampling: {}, stopSequences: [], extras: [], stream: true };
const answer = {
  id: 'answer',
  model: 'm',
  parts: [{ type: 'text', text: 'half' } as const],
  usage: {},
  finish: { reason: 'end' } as const,
};

describe.each(spoken)('a stream of $protocol.name', ({ protocol, translator }) => {
  const events = runAll(translator.encodeStream(contextOf(asked)), eventsOf(answer)).map(
    writeServerSentEvent,
  );
  const content = 1 + events.findIndex((event) => event.includes('half'));
  const begun = events.slice(0, content).join('');
  const heard = (rest: string) => foldAnswer(decodeChunks(translator, [Buffer.from(begun + rest)]));

  test('tells what an error says, also in the words of another vendor', () => {
    const told = 'data: {"error":{"message":"the disk is full","type":"server_error","code":null}}\n\n';
    expect(heard(told).failure?.message).toBe('the disk is full');
    expect(protocol.endingOf(Buffer.from(begun + told)).error).toContain('the disk is full');
  });

  test.each(['data: {"type":"response.output_te\n\n', 'data: null\n\n', 'data: <html>\n\n'])(
    'has no hole where %j stood',
    (damaged) => {
      const { failure, finish } = heard(damaged + events.slice(content).join(''));
      expect([failure?.kind, finish]).toEqual(['bad-upstream', undefined]);
    },
  );
});

test('a block of Messages that is begun anew, or never ends, is no less said', () => {
  const begin =
    'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n';
  const delta =
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"one"}}\n\n';
  const end =
    'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\ndata: {"type":"message_stop"}\n\n';
  const second = begin.replace('"index":0', '"index":1') + delta.replace('"index":0', '"index":1');
  const events = decodeChunks(translatorOf('messages'), [Buffer.from(begin + begin + delta + second + end)]);
  const kinds = events.map((event) => ('index' in event ? `${event.type} ${event.index}` : event.type));
  expect(kinds.join(', ')).toBe(
    'text-start 0, text-end 0, text-start 1, text-delta 1, text-end 1, text-start 2, text-delta 2, text-end 2, usage, finish',
  );
});
