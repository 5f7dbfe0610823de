import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RotaError } from '../../failure.ts';
import {
  endsAnswer,
  endsTurn,
  errorMessage,
  eventMessage,
  eventsOfWhole,
  isAcknowledgement,
  requestHeadersOf,
  streamOf,
} from './connection-message.ts';

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof RotaError) return error.failure;
    throw error;
  }
}

const create = (members: object) => Buffer.from(JSON.stringify({ type: 'response.create', ...members }));

describe('the last event of an answer', () => {
  it.each([
    ['{"type":"response.completed","response":{}}', true],
    ['{"response":{"output":[]},"type":"response.incomplete"}', true],
    ['{"type": "error", "error": {}}', true],
    ['{"type":"response.output_text.done"}', false],
    ['{"type":"response.output_item.done","item":{"type":"mcp_call","result":{"type":"error"}}}', false],
    ['{"type":"response.comp\n{"type":"response.completed","response":{}}', false],
  ])('is one that a client can read, by its own kind: %s', (data, ends) => {
    expect(endsAnswer(data)).toBe(ends);
  });
});

describe('a message of a client', () => {
  it.each([
    [{}, undefined],
    [{ stream_id: null }, undefined],
    [{ stream_id: 'agent-1.a_B' }, 'agent-1.a_B'],
    [{ input: [{ stream_id: 'inner' }] }, undefined],
    [{ input: 'x'.repeat(100_000), stream_id: 'last' }, 'last'],
  ])('says which stream it is of: %j', (members, streamId) => {
    expect(streamOf(create(members)).streamId).toBe(streamId);
  });

  it.each(['a b', 'ä', 'x'.repeat(257)])('may not call it %s', (streamId) => {
    const failure = failureOf(() => streamOf(create({ stream_id: streamId })));
    expect(failure).toMatchObject({ kind: 'invalid-request', code: 'invalid_stream_id', param: 'stream_id' });
  });

  it('is refused, and breaks nothing, where it is no JSON object', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const bytes = Buffer.from(text);
        for (const read of [streamOf, isAcknowledgement]) failureOf(() => read(bytes));
      }),
    );
    expect(failureOf(() => streamOf(Buffer.from('[]')))).toMatchObject({ kind: 'invalid-request' });
  });

  it('is an acknowledgement by its type alone', () => {
    expect(isAcknowledgement(Buffer.from('{"type":"response.processed","response_id":"r"}'))).toBe(true);
    expect(isAcknowledgement(create({ input: 'response.processed' }))).toBe(false);
  });
});

describe('an event', () => {
  it('is a message as it is', () => {
    const data = '{"type": "response.created",  "n": 1.0}';
    expect(eventMessage(data, {})).toEqual([data]);
  });

  it('says whose stream it is, and nothing else changes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (members) => {
        const [message = ''] = eventMessage(JSON.stringify(members), { streamId: 'a' });
        const { stream_id: stream, ...rest } = JSON.parse(message) as Record<string, unknown>;
        const { stream_id: _, ...expected } = JSON.parse(JSON.stringify(members)) as Record<string, unknown>;
        expect([stream, rest]).toEqual(['a', expected]);
      }),
    );
  });

  it.each(['[DONE]', '', 'ping', '{"type":'])('is none: %s', (data) => {
    expect(eventMessage(data, {})).toEqual([]);
    expect(eventMessage(data, { streamId: 'a' })).toEqual([]);
  });

  it.each([
    ['{"type":"response.completed","response":{}}', true],
    ['{"sequence_number":3,"type": "response.incomplete"}', true],
    ['{"type":"response.failed","response":{}}', false],
    [JSON.stringify({ type: 'x', delta: '{"type":"response.completed"}' }), false],
  ])('%s ends a turn: %s', (data, isEnd) => {
    expect(endsTurn(data)).toBe(isEnd);
  });
});

describe('an error', () => {
  const parsed = (answer: Parameters<typeof errorMessage>[0], streamId?: string): unknown =>
    JSON.parse(errorMessage(answer, streamId === undefined ? {} : { streamId }));

  it('has its status, and of its headers what helps', () => {
    const headers = { 'retry-after': '20', 'x-rota-attempts': '2', 'content-length': '9', date: 'now' };
    const error = { message: 'No.', type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null };
    expect(parsed({ status: 429, headers, body: JSON.stringify({ error }) }, 'a')).toEqual({
      type: 'error',
      status: 429,
      stream_id: 'a',
      error,
      headers: { 'retry-after': '20', 'x-rota-attempts': '2' },
    });
  });

  it.each([
    ['{"error":"text"}', 'text'],
    ['<html>', 'The upstream answered with the status 400.'],
    ['', 'The upstream answered with the status 400.'],
  ])('has a message where the upstream said %s', (body, message) => {
    expect(parsed({ status: 400, headers: {}, body })).toMatchObject({ error: { message } });
  });
});

describe('an answer that came whole', () => {
  it('has the events that clients insist on', () => {
    const item = { type: 'message', content: [] };
    const response = { object: 'response', id: 'resp_1', status: 'incomplete', output: [item], usage: {} };
    const events = eventsOfWhole(JSON.stringify(response))?.map((event) => JSON.parse(event) as unknown);
    expect(events).toEqual([
      {
        type: 'response.created',
        response: { ...response, status: 'in_progress', output: [], usage: null },
        sequence_number: 0,
      },
      { type: 'response.output_item.done', output_index: 0, item, sequence_number: 1 },
      { type: 'response.incomplete', response, sequence_number: 2 },
    ]);
  });

  it.each(['', '[]', '{"object":"chat.completion"}'])('is none: %s', (body) => {
    expect(eventsOfWhole(body)).toBeUndefined();
  });
});

describe('the headers of the upgrade', () => {
  it.each([
    ['responses_websockets=2026-02-06', undefined],
    ['one=v1,responses_websockets=2026-02-06, two', 'one=v1,two'],
    ['one=v1', 'one=v1'],
  ])('of %s, %s is for the upstream', (beta, kept) => {
    const headers = requestHeadersOf({ 'openai-beta': beta, 'session-id': 's', accept: '*/*' });
    expect(headers).toEqual({
      'session-id': 's',
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(kept === undefined ? {} : { 'openai-beta': kept }),
    });
  });
});
