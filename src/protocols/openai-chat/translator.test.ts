import { describe, expect, it } from 'vitest';
import { foldAnswer, type ChatAnswer } from '../../chat/answer.ts';
import type { ChatEvent } from '../../chat/event.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { openaiChatTranslator as translator } from './translator.ts';

const user = { role: 'user', content: 'hi' };

function decode(body: object): ChatRequest {
  return translator.decodeRequest(JSON.stringify({ messages: [user], ...body }));
}

/** There and back, with what was reported as lost. */
function reencode(body: object, target: Partial<Parameters<typeof translator.encodeRequest>[1]> = {}) {
  const encoded = translator.encodeRequest(decode(body), {
    model: 'm',
    reasoningState: 'foreign',
    ...target,
  });
  return { body: JSON.parse(encoded.body) as Record<string, unknown>, dropped: encoded.dropped };
}

function read(...chunks: readonly (object | string)[]): ChatAnswer {
  const stream = translator.decodeStream();
  const events = chunks.flatMap((chunk) =>
    stream.feed(typeof chunk === 'string' ? chunk : JSON.stringify(chunk)),
  );
  return foldAnswer([...events, ...stream.end()]);
}

function delta(delta: object, finish: string | null = null): object {
  return { id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] };
}

describe('a stream of a server that only resembles the original', () => {
  it.each([
    [
      'repeats id and name',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
        { index: 0, id: 'a', function: { name: 'f', arguments: '}' } },
      ],
    ],
    [
      'leaves out the index',
      [{ id: 'a', function: { name: 'f', arguments: '{' } }, { function: { arguments: '}' } }],
    ],
    ['sends the whole call at once', [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }]],
    [
      'sends the name later',
      [
        { index: 0, id: 'a', function: { arguments: '{' } },
        { index: 0, function: { name: 'f', arguments: '}' } },
      ],
    ],
  ])('%s', (_, fragments) => {
    const { parts, finish } = read(
      ...fragments.map((call) => delta({ tool_calls: [call] })),
      delta({}, 'stop'),
      '[DONE]',
    );
    expect(parts).toEqual([{ type: 'tool-call', id: 'a', name: 'f', kind: 'function', input: '{}' }]);
    expect(finish).toEqual({ reason: 'tool-calls', raw: 'stop' });
  });

  it.each([
    ['no index', {}],
    ['one index', { index: 0 }],
  ])('gives two calls %s, but ids of their own', (_, place) => {
    const calls = ['a', 'b'].flatMap((id) => [
      delta({ tool_calls: [{ ...place, id, function: { name: id, arguments: '{"x":' } }] }),
      delta({ tool_calls: [{ ...place, function: { arguments: `"${id}"}` } }] }),
    ]);
    const { parts } = read(...calls, delta({}, 'tool_calls'));
    expect(parts).toMatchObject([
      { id: 'a', input: '{"x":"a"}' },
      { id: 'b', input: '{"x":"b"}' },
    ]);
  });

  it('gives a call another id with every fragment', () => {
    const calls = ['{"x":', '1}'].map((text, nth) =>
      delta({ tool_calls: [{ index: 0, id: `id${nth}`, function: { name: 'f', arguments: text } }] }),
    );
    const { parts } = read(...calls, delta({}, 'tool_calls'));
    expect(parts).toMatchObject([{ id: 'id0', input: '{"x":1}' }]);
  });

  it('sends the arguments as an object', () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } };
    expect(read(delta({ tool_calls: [call] }, 'tool_calls')).parts).toMatchObject([{ input: '{"x":1}' }]);
  });

  it.each([
    ['a list of parts', { content: [{ type: 'text', text: 'a' }] }, [{ type: 'text', text: 'a' }]],
    [
      'reasoning among them',
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
      [{ type: 'reasoning', text: 'hm' }],
    ],
    [
      'reasoning beside an empty member for it',
      { reasoning_content: '', reasoning: 'hm' },
      [{ type: 'reasoning', text: 'hm' }],
    ],
  ])('sends as content %s', (_, said, parts) => {
    expect(read(delta(said), delta({}, 'stop')).parts).toEqual(parts);
  });

  it('says an empty end on every chunk: one that is cut is no whole answer', () => {
    const pieces = [delta({ content: 'a' }, ''), delta({ content: 'b' }, '')];
    expect(read(...pieces).failure?.kind).toBe('bad-upstream');
    expect(read(...pieces, delta({}, 'stop')).finish).toEqual({ reason: 'end', raw: 'stop' });
  });

  it('tells usage inside of the choice', () => {
    const last = { choices: [{ delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 3 } }] };
    expect(read(delta({ content: 'a' }), last).usage).toEqual({ inputTokens: 3 });
  });

  it('answers with an error that has no envelope', () => {
    const error = { object: 'error', message: 'too many', type: 'rate_limit_error', code: 429 };
    expect(read(error).failure).toEqual({ kind: 'rate-limit', message: 'too many' });
  });

  it('gives a call no id: one is made, the same every time', () => {
    const call = delta(
      { tool_calls: [{ index: 0, id: '', function: { name: 'f', arguments: '{}' } }] },
      'stop',
    );
    const [first, second] = [read(call), read(call)];
    expect(first.parts).toEqual(second.parts);
    expect(first.parts[0]).toMatchObject({ id: expect.stringMatching(/^call_\w{24}$/) });
  });

  it('tells usage with every chunk, and with the last but one', () => {
    const { usage } = read(
      { ...delta({ content: 'a' }), usage: { prompt_tokens: 1, completion_tokens: 1 } },
      { ...delta({}, 'stop'), usage: { prompt_tokens: 1, completion_tokens: 5 } },
    );
    expect(usage).toEqual({ inputTokens: 1, outputTokens: 5 });
  });

  it('answers with an error as text', () => {
    expect(read({ error: 'out of order' }).failure).toEqual({ kind: 'server', message: 'out of order' });
    expect(translator.decodeFailure(400, '{"detail":"no such field"}')).toMatchObject({
      message: 'no such field',
    });
  });
});

describe('a stream', () => {
  it('lets text begin anew behind a call', () => {
    const call = { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } };
    const { parts } = read(
      delta({ content: 'one' }),
      delta({ tool_calls: [call] }),
      delta({ content: 'two' }),
      delta({}, 'stop'),
    );
    expect(parts.map(({ type }) => type)).toEqual(['text', 'tool-call', 'text']);
  });

  it('ends a call as soon as nothing can be missing, so that the next need not wait', () => {
    const stream = translator.decodeStream();
    const feed = (call: object) =>
      stream.feed(JSON.stringify(delta({ tool_calls: [call] }))).map(({ type }) => type);
    feed({ index: 0, id: 'a', function: { name: 'f', arguments: '{"a":1}' } });
    expect(feed({ index: 1, id: 'b', function: { name: 'g', arguments: '' } })).toContain('tool-call-end');
  });

  it.each([
    ['without an end', [delta({ content: 'a' })]],
    ['with what is no JSON', [delta({ content: 'a' }), '{"id":']],
    ['with a call that has no name', [delta({ tool_calls: [{ index: 0, id: 'a' }] }, 'tool_calls')]],
    ['of nothing', []],
  ])('fails %s', (_, chunks) => {
    expect(read(...chunks).failure?.kind).toBe('bad-upstream');
  });

  it('is over after the end, whatever follows', () => {
    const answer = read(delta({ content: 'a' }), delta({}, 'stop'), '[DONE]', delta({ content: 'b' }));
    expect(answer.parts).toEqual([{ type: 'text', text: 'a' }]);
  });
});

describe('a request', () => {
  it('of the older kind, with functions, is read as one with tools', () => {
    const { turns, tools, toolChoice } = decode({
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'done' },
      ],
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(tools).toMatchObject([{ kind: 'function', name: 'f' }]);
    expect(toolChoice).toEqual({ mode: 'named', tool: { name: 'f' } });
  });

  it('tells by name what it could not carry', () => {
    const { dropped } = reencode(
      {
        temperature: 0.5,
        top_p: 1,
        tools: [{ type: 'function', function: { name: 'f' } }],
        reasoning_effort: 'high',
      },
      { facts: { sampling: false, effortWithTools: false } },
    );
    expect(dropped).toEqual([{ name: 'temperature' }, { name: 'reasoning_effort' }]);
  });

  it('keeps members that no other protocol has, for a server of its own protocol', () => {
    const extras = { n: 2, logit_bias: { 1: 2 }, made_up: true, store: true };
    expect(reencode(extras).body).toMatchObject(extras);
  });

  it('says nothing of what says nothing', () => {
    expect(
      decode({ n: 1, logprobs: false, store: false, service_tier: 'auto', modalities: ['text'] }).extras,
    ).toEqual([]);
  });

  it('asks for JSON in words where JSON mode would be refused without', () => {
    const format = { response_format: { type: 'json_object' } };
    expect(reencode(format).body.messages).toHaveLength(2);
    expect(
      reencode({ ...format, messages: [{ role: 'user', content: 'As JSON.' }] }).body.messages,
    ).toHaveLength(1);
  });

  it('asks a model for as many tokens as it has, in the word that it knows', () => {
    const facts = { maxOutputTokens: 100, outputLimitName: 'max_tokens' };
    expect(reencode({ max_completion_tokens: 500 }, { facts }).body).toMatchObject({ max_tokens: 100 });
  });

  it('keeps four stops and cuts at the rest itself', () => {
    const stop = ['1', '2', '3', '4', '5'];
    const request = { ...decode({}), stopSequences: stop };
    const { body, restoration } = translator.encodeRequest(request, {
      model: 'm',
      reasoningState: 'foreign',
    });
    expect(JSON.parse(body)).toMatchObject({ stop: stop.slice(0, 4) });
    expect(restoration.cutAt).toEqual(['5']);
  });

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['without messages', '{}'],
    ['with a message that is none', '{"messages":[1]}'],
    ['with an unknown speaker', '{"messages":[{"role":"bot","content":""}]}'],
    [
      'with a tool without a name',
      '{"messages":[{"role":"user"}],"tools":[{"type":"function","function":{}}]}',
    ],
  ])('is refused: %s', (_, body) => {
    expect(() => translator.decodeRequest(body)).toThrowError(RotaError);
  });
});

it('a client that did not ask for usage gets none', () => {
  const context = { id: 'x', createdAt: 0, model: 'm', request: decode({ stream: true }) };
  const stream = translator.encodeStream(context);
  const written = [
    ...stream.feed({ type: 'message-start', usage: { inputTokens: 1 } }),
    ...stream.feed({ type: 'finish', reason: 'end' }),
  ].map(({ data }) => data);
  expect(written.join('')).not.toContain('usage');
  expect(written.at(-1)).toBe('[DONE]');
});

describe('an answer', () => {
  const state = { source: 'gemini', blocks: [{ functionCall: 0, thoughtSignature: 'c2ln' }] };
  const call = (index: number, id: string): readonly ChatEvent[] => [
    { type: 'tool-call-start', index, id, name: 'f', kind: 'function' },
    { type: 'tool-call-delta', index, text: '{}' },
    { type: 'tool-call-end', index },
  ];
  const events: readonly ChatEvent[] = [
    { type: 'reasoning-start', index: 0 },
    { type: 'reasoning-end', index: 0, state },
    ...call(1, 'call_a'),
    ...call(2, 'call_b'),
    { type: 'finish', reason: 'tool-calls', raw: 'STOP' },
  ];

  it('in one piece has reasoning state on the first call, and has it back from there', () => {
    const context = { id: 'x', createdAt: 0, model: 'm', request: decode({}) };
    const answer = translator.encodeResponse(events, context);
    const { choices } = JSON.parse(answer.body) as {
      choices: [{ message: { tool_calls: readonly object[] } }];
    };
    const { message } = choices[0];
    expect(message.tool_calls.map((one) => 'extra_content' in one)).toEqual([true, false]);
    const results = ['call_a', 'call_b'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'x' }));
    const { turns } = decode({ messages: [user, message, ...results] });
    expect(turns[1]?.parts[0]).toEqual({ type: 'reasoning', text: '', state });
  });
});
