import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RotaError } from '../../failure.ts';
import { freshMemory, isRemembered, rememberTurn, type ConnectionMemory } from './connection-memory.ts';
import { readTurn, type RequestTurn } from './connection.ts';

const warmUp = { id: 'resp_warm', atS: 1_795_168_800 };
const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const tools = [{ type: 'function', name: 'ls', parameters: {}, strict: false }];

function create(members: object): string {
  return JSON.stringify({ type: 'response.create', model: 'm', ...members });
}

function requestOf(memory: ConnectionMemory, message: string): RequestTurn {
  const turn = readTurn(memory, message, warmUp);
  if (turn.kind !== 'request') throw new Error('a request was expected');
  return turn;
}

function bodyOf(turn: RequestTurn): unknown {
  return JSON.parse(turn.body);
}

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RotaError) || error.failure.kind !== 'invalid-request') throw error;
    return error.failure.code ?? error.failure.param;
  }
}

const call = { type: 'function_call', call_id: 'call_1', name: 'ls', arguments: '{}' };
const done = (item: object) => JSON.stringify({ type: 'response.output_item.done', item });
const ended = (response: object, type = 'response.completed') => JSON.stringify({ type, response });

describe('a turn over a connection', () => {
  it('is the same request as over HTTP where it is the first', () => {
    const turn = requestOf(freshMemory, create({ input: [user('hi')], tools, store: false }));
    expect(bodyOf(turn)).toEqual({ model: 'm', input: [user('hi')], tools, store: false, stream: true });
    expect(
      bodyOf(requestOf(freshMemory, create({ input: 'hi', stream_id: 's', background: false }))),
    ).toEqual({
      model: 'm',
      input: [{ type: 'message', role: 'user', content: 'hi' }],
      stream: true,
    });
  });

  it('has all that came before in front of what is new', () => {
    const first = requestOf(freshMemory, create({ input: [user('hi')], instructions: 'Be brief.' }));
    const memory = rememberTurn(freshMemory, first, [
      ended({ id: 'resp_1', output: [{ ...call, id: 'fc_1', status: 'completed' }] }),
    ]);
    const result = { type: 'function_call_output', call_id: 'call_1', output: 'a.ts' };
    const second = requestOf(memory, create({ previous_response_id: 'resp_1', input: [result], tools }));
    // Instructions hold for their own turn alone.
    expect(bodyOf(second)).toEqual({ model: 'm', input: [user('hi'), call, result], tools, stream: true });
  });

  it('repeats the bytes of earlier turns, so that prompt caches keep', () => {
    const first = requestOf(freshMemory, create({ input: [user('hi')] }));
    const memory = rememberTurn(freshMemory, first, [ended({ id: 'resp_1', output: [call] })]);
    const second = requestOf(memory, create({ previous_response_id: 'resp_1', input: [user('go on')] }));
    const start = first.body.slice(0, first.body.indexOf(']}],') + 2);
    expect(second.body.startsWith(start)).toBe(true);
  });

  it.each([
    ['no id of an item', { ...call, id: 'fc_1' }, [call]],
    [
      'the phase of a text',
      { type: 'message', id: 'msg_1', role: 'assistant', phase: 'commentary', content: [] },
      [{ type: 'message', role: 'assistant', phase: 'commentary', content: [] }],
    ],
    [
      'reasoning with its state',
      { type: 'reasoning', id: 'rs_1', summary: [], content: [], encrypted_content: 'x' },
      [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' }],
    ],
    ['no reasoning without one', { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null }, []],
    ['no call that was cut off', { ...call, status: 'incomplete' }, []],
  ])('sends back %s', (_, item, expected) => {
    const first = requestOf(freshMemory, create({ input: [] }));
    const memory = rememberTurn(freshMemory, first, [
      ended({ id: 'resp_1', output: [item] }, 'response.incomplete'),
    ]);
    expect(memory.turns.at(-1)?.items).toEqual(expected);
  });

  it('takes the items of the stream where the end lists none', () => {
    const first = requestOf(freshMemory, create({ input: [] }));
    const events = [done(call), ended({ id: 'resp_1', output: [] })];
    expect(events.every(isRemembered)).toBe(true);
    expect(isRemembered('{"type":"response.output_text.delta","delta":"x"}')).toBe(false);
    expect(rememberTurn(freshMemory, first, events).turns.at(-1)?.items).toEqual([call]);
  });

  it('adds nothing that failed or was cut', () => {
    const first = requestOf(freshMemory, create({ input: [user('hi')] }));
    expect(rememberTurn(freshMemory, first, [done(call)])).toEqual(freshMemory);
    expect(rememberTurn(freshMemory, first, [ended({ id: 'resp_1' }, 'response.failed')])).toEqual(
      freshMemory,
    );
    const next = create({ previous_response_id: 'resp_1', input: [] });
    expect(codeOf(() => readTurn(freshMemory, next, warmUp))).toBe('previous_response_not_found');
  });
});

describe('several conversations over a connection', () => {
  const answered = (memory: ConnectionMemory, members: object, id: string) =>
    rememberTurn(memory, requestOf(memory, create(members)), [ended({ id, output: [call] })]);

  it('go on behind any of the latest answers, and branch', () => {
    const one = answered(freshMemory, { input: [user('one')], stream_id: 'a' }, 'resp_1');
    const two = answered(one, { input: [user('two')], stream_id: 'b' }, 'resp_2');
    const turn = requestOf(
      two,
      create({ previous_response_id: 'resp_1', input: [user('on')], stream_id: 'c' }),
    );
    expect(bodyOf(turn)).toEqual({ model: 'm', input: [user('one'), call, user('on')], stream: true });
    expect(turn.streamId).toBe('c');
  });

  it('are forgotten when many others came behind', () => {
    const ids = Array.from({ length: 9 }, (_, nth) => `resp_${nth}`);
    const memory = ids.reduce((now, id) => answered(now, { input: [user(id)] }, id), freshMemory);
    const behind = (id: string) =>
      codeOf(() => readTurn(memory, create({ previous_response_id: id, input: [] }), warmUp));
    expect(behind('resp_0')).toBe('previous_response_not_found');
    expect(behind('resp_1')).toMatchObject({ kind: 'request' });
  });
});

describe('a warm-up', () => {
  const message = create({ generate: false, input: [user('rules')], tools, instructions: 'Be brief.' });

  it('is answered with an empty response, and asks nobody', () => {
    const turn = readTurn(freshMemory, message, warmUp);
    if (turn.kind !== 'warm-up') throw new Error('a warm-up was expected');
    const events = turn.events.map((event) => JSON.parse(event) as Record<string, unknown>);
    expect(events).toMatchObject([
      { type: 'response.created', sequence_number: 0, response: { id: 'resp_warm', status: 'in_progress' } },
      {
        type: 'response.completed',
        sequence_number: 1,
        response: { id: 'resp_warm', status: 'completed', output: [], tools, usage: { total_tokens: 0 } },
      },
    ]);
  });

  it('holds for the turns behind it, unless they say otherwise', () => {
    const { memory } = readTurn(freshMemory, message, warmUp) as { memory: ConnectionMemory };
    const first = requestOf(
      memory,
      create({ previous_response_id: 'resp_warm', input: [user('hi')], tools: [] }),
    );
    expect(bodyOf(first)).toEqual({
      model: 'm',
      input: [user('rules'), user('hi')],
      tools: [],
      instructions: 'Be brief.',
      stream: true,
    });
    const after = rememberTurn(memory, first, [ended({ id: 'resp_1', output: [call] })]);
    const second = requestOf(after, create({ previous_response_id: 'resp_1', input: [] }));
    expect(bodyOf(second)).toMatchObject({ tools, instructions: 'Be brief.' });
  });
});

describe('a message that is none', () => {
  it.each([
    ['x', 'type'],
    ['[]', 'type'],
    ['{"type":"response.cancel"}', 'type'],
    [create({ input: 5 }), 'input'],
  ])('%s is refused', (message, word) => {
    expect(codeOf(() => readTurn(freshMemory, message, warmUp))).toBe(word);
  });

  it('never breaks anything', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('input', 'generate', 'model', 'previous_response_id', 'tools'),
          fc.jsonValue(),
        ),
        fc.array(fc.json()),
        (members, events) => {
          const turn = codeOf(() => readTurn(freshMemory, create(members), warmUp));
          if (typeof turn === 'object')
            rememberTurn(freshMemory, { kind: 'request', body: '', items: [], prepared: {} }, events);
        },
      ),
    );
  });
});
