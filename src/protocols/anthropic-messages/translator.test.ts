import { describe, expect, it } from 'vitest';
import { plainRequest } from '../../../test/translation/plain-request.ts';
import { foldAnswer } from '../../chat/answer.ts';
import { sealState } from '../../chat/envelope.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { anthropicMessagesTranslator as translator } from './translator.ts';

const user = { role: 'user', content: 'hi' };
const tool = { name: 'f', input_schema: { type: 'object', properties: {} } };
const signed = { type: 'thinking', thinking: 'Hm.', signature: 'EqQBnative==' };

function decode(body: object): ChatRequest {
  return translator.decodeRequest(JSON.stringify({ messages: [user], max_tokens: 1000, ...body }));
}

function encode(
  request: ChatRequest,
  facts: ModelFacts = {},
  reasoningState: 'same-account' | 'foreign' = 'foreign',
) {
  const encoded = translator.encodeRequest(request, { model: 'm', facts, reasoningState });
  return {
    body: JSON.parse(encoded.body) as Record<string, unknown>,
    dropped: encoded.dropped.map(({ name, instead }) =>
      instead === undefined ? name : `${name}: ${instead}`,
    ),
  };
}

const withTool: ChatRequest = { ...plainRequest, tools: [{ kind: 'function', name: 'f' }] };

describe('a line for the vendor’s bill', () => {
  const bill = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.329.1ab; cch=0f3;' };
  const said = { type: 'text', text: 'You are a coding agent.' };

  it('is no word to the model: it changes with every turn, and no cache would be found again', () => {
    const { turns, extras } = decode({ system: [bill, said] });
    expect(turns[0]).toEqual({ role: 'system', rank: 'system', parts: [said] });
    expect(extras).toEqual([
      {
        protocol: 'anthropic-messages',
        name: 'x-anthropic-billing-header',
        value: bill.text,
        weight: 'hint',
      },
    ]);
    expect(decode({ system: [bill] }).turns.map(({ role }) => role)).toEqual(['user']);
  });

  it('is one where it stands first alone', () => {
    const { turns, extras } = decode({ system: [said, bill] });
    expect([turns[0]?.parts, extras]).toEqual([[said, bill], []]);
    expect(decode({ system: bill.text }).turns[0]?.parts).toEqual([bill]);
  });
});

describe('tools that the provider runs', () => {
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 };
  const ofTools = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' };
  const fetched = { type: 'web_fetch_20250910', name: 'web_fetch' };

  it('are a hint where assistants declare them whether they are needed or not', () => {
    const request = decode({ tools: [tool, search, ofTools, fetched] });
    expect(request.tools).toMatchObject([{ kind: 'function', name: 'f' }]);
    expect(request.extras.map(({ name, weight, value }) => [name, weight, value])).toEqual(
      [search, ofTools, fetched].map((one) => [one.type, 'hint', one]),
    );
  });

  it.each([
    ['is asked for by its name', { tools: [search], tool_choice: { type: 'tool', name: 'web_search' } }],
    ['runs code', { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }],
    ['is all there is', { tools: [search] }],
  ])('are meant where one %s', (_, body) => {
    const { tools, extras } = decode(body);
    expect([tools.map(({ kind }) => kind), extras]).toEqual([['native'], []]);
  });
});

describe('thinking', () => {
  const budget: ModelFacts = { thinking: { styles: ['budget', 'off'] } };
  const always: ModelFacts = { thinking: { styles: ['effort'] } };

  it.each<[string, ChatRequest['reasoning'], ModelFacts, object]>([
    [
      'by effort',
      { effort: 'high', visible: true },
      {},
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } },
    ],
    [
      'by the least effort',
      { effort: 'minimal' },
      {},
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
    ],
    [
      'by budget, which the limit must hold',
      { effort: 'medium' },
      budget,
      { thinking: { type: 'enabled', budget_tokens: 8192 }, max_tokens: 9192 },
    ],
    [
      'by budget, as far as the model goes',
      { budgetTokens: 50_000 },
      { ...budget, maxOutputTokens: 4000 },
      { thinking: { type: 'enabled', budget_tokens: 3999 }, max_tokens: 4000 },
    ],
    ['not at all', { effort: 'none' }, {}, { thinking: { type: 'disabled' } }],
    [
      'as little as can be, where it cannot be turned off',
      { effort: 'none' },
      always,
      { output_config: { effort: 'low' } },
    ],
    [
      'between tools alone',
      { effort: 'none' },
      { thinking: { styles: ['effort', 'between-tools'] } },
      { thinking: { type: 'between_tools' } },
    ],
  ])('is asked for: %s', (_, reasoning, facts, expected) => {
    expect(
      encode({ ...plainRequest, maxOutputTokens: 1000, ...(reasoning ? { reasoning } : {}) }, facts).body,
    ).toMatchObject(expected);
  });

  it('gives way to a call that must be made, or the call to it', () => {
    const forced: ChatRequest = {
      ...withTool,
      toolChoice: { mode: 'required' },
      reasoning: { effort: 'high' },
    };
    const off = encode(forced);
    expect(off.body).toMatchObject({ thinking: { type: 'disabled' }, tool_choice: { type: 'any' } });
    expect(off.body).not.toHaveProperty('output_config');
    const auto = encode(forced, always);
    expect(auto.body).toMatchObject({ thinking: { type: 'adaptive' }, tool_choice: { type: 'auto' } });
    expect(auto.dropped).toEqual(['tool_choice: auto']);
  });

  it('by budget is left out where a turn goes on behind tools without the thinking that was signed for it', () => {
    const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] };
    const asking = (content: object[]) =>
      decode({
        messages: [user, { role: 'assistant', content }, result],
        tools: [tool],
        thinking: { type: 'enabled', budget_tokens: 2000 },
      });
    const { body, dropped } = encode(asking([call]), budget, 'same-account');
    expect(body).not.toHaveProperty('thinking');
    expect(dropped[0]).toMatch(/^reasoning effort: no thinking/);
    expect(encode(asking([signed, call]), budget, 'same-account').body).toHaveProperty('thinking');
    expect(encode(asking([signed, call]), budget, 'foreign').body).not.toHaveProperty('thinking');
  });

  const history = [user, { role: 'assistant', content: [signed, { type: 'text', text: 'Yes.' }] }, user];

  it('goes back word for word to the account that it came from, and to no other', () => {
    const request = decode({ messages: history });
    expect(JSON.stringify(encode(request, {}, 'same-account').body)).toContain(JSON.stringify(signed));
    const foreign = encode(request);
    expect(JSON.stringify(foreign.body)).not.toContain('EqQBnative');
    expect(foreign.dropped).toContain('reasoning in history');
  });

  it('of another protocol is kept in its envelope and never sent upstream', () => {
    const state = { source: 'gemini', blocks: [{ thoughtSignature: 'x' }] };
    const block = { type: 'thinking', thinking: '', signature: sealState(state) };
    const request = decode({
      messages: [user, { role: 'assistant', content: [block, { type: 'text', text: 'Yes.' }] }, user],
    });
    expect(request.turns[1]?.parts[0]).toEqual({ type: 'reasoning', text: '', state });
    expect(JSON.stringify(encode(request, {}, 'same-account').body)).not.toContain(block.signature);
  });
});

describe('messages', () => {
  it('alternate, begin with the user, and do not end with the assistant', () => {
    const words = (text: string) => [{ type: 'text' as const, text }];
    const turns: ChatRequest['turns'] = [
      { role: 'assistant', parts: words('a') },
      { role: 'assistant', parts: words('b') },
      { role: 'user', parts: words(' ') },
      { role: 'assistant', parts: words('c') },
    ];
    const { body, dropped } = encode({ ...plainRequest, turns });
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: '(continued)' }] },
      { role: 'assistant', content: [...words('a'), ...words('b'), ...words('c')] },
      { role: 'user', content: [{ type: 'text', text: 'Continue.' }] },
    ]);
    expect(dropped).toEqual(['trailing assistant turn: a request to go on']);
    expect(encode({ ...plainRequest, turns }, { prefill: true }).body.messages).toHaveLength(2);
  });

  it('keep a system turn in the middle, in the words that the model takes', () => {
    const request = decode({ messages: [user, { role: 'system', content: 'Be brief.' }] });
    expect(encode(request, { midConversationSystem: true }).body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    ]);
    expect(JSON.stringify(encode(request).body.messages)).toContain('<system>Be brief.</system>');
  });

  it('keep their cache marks for their own protocol, and get one where they have none', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const marked = decode({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control }] }],
    });
    const { body } = encode(marked);
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control }] }]);
    expect(body).not.toHaveProperty('cache_control');
    expect(encode(plainRequest).body).toMatchObject({ cache_control: { type: 'ephemeral' } });
    expect(encode(plainRequest, { automaticCacheControl: false }).body).not.toHaveProperty('cache_control');
  });

  it('with a document that holds an image stay in their own protocol', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    const document = { type: 'document', source: { type: 'content', content: [image] } };
    const request = decode({ messages: [{ role: 'user', content: [document] }] });
    expect(request.turns[0]?.parts[0]).toMatchObject({ type: 'native', param: 'document' });
    expect(encode(request).body.messages).toEqual([{ role: 'user', content: [document] }]);
  });

  it('carry arguments that were cut off, so that the history can be told', () => {
    const call = { type: 'tool-call', id: 'a', name: 'f', kind: 'function', input: '{"path":"a' } as const;
    const turns: ChatRequest['turns'] = [
      ...plainRequest.turns,
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'a', parts: [], isError: true }] },
    ];
    expect(JSON.stringify(encode({ ...plainRequest, turns }).body.messages)).toContain(
      '{"_raw":"{\\"path\\":\\"a"}',
    );
  });
});

describe('tools', () => {
  it('take no choice of several at their root', () => {
    const parameters = { anyOf: [{ type: 'object' }], description: 'One of these.' };
    const { body, dropped } = encode({
      ...plainRequest,
      tools: [{ kind: 'function', name: 'f', parameters }],
    });
    expect(body.tools).toEqual([
      { name: 'f', input_schema: { type: 'object', properties: {}, description: 'One of these.' } },
    ]);
    expect(dropped).toEqual(['tools[].parameters: an object of any shape']);
  });

  it.each<[string, Partial<ChatRequest>, unknown]>([
    ['one at a time', { parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    ['none', { toolChoice: { mode: 'none' }, parallelToolCalls: false }, { type: 'none' }],
    ['one', { toolChoice: { mode: 'named', tool: { name: 'f' } } }, { type: 'tool', name: 'f' }],
    ['some', { toolChoice: { mode: 'allowed', must: 'required', tools: [{ name: 'f' }] } }, { type: 'any' }],
  ])('are chosen: %s', (_, wished, choice) => {
    expect(encode({ ...withTool, ...wished }).body.tool_choice).toEqual(choice);
  });

  it('are not chosen among where there are none', () => {
    expect(encode({ ...plainRequest, toolChoice: { mode: 'auto' } }).body).not.toHaveProperty('tool_choice');
  });

  it('keep their options for their own protocol', () => {
    const options = { defer_loading: true, cache_control: { type: 'ephemeral' } };
    expect(encode(decode({ tools: [{ ...tool, ...options }] })).body.tools).toEqual([
      { ...tool, ...options },
    ]);
  });
});

describe('sampling', () => {
  it('goes to models that are known to take it, within their range', () => {
    const sampling = { temperature: 1.7, topP: 0.5 };
    expect(encode({ ...plainRequest, sampling }).body).not.toHaveProperty('temperature');
    const { body, dropped } = encode({ ...plainRequest, sampling }, { sampling: true });
    expect(body).toMatchObject({ temperature: 1 });
    expect(dropped).toEqual(['top_p', 'temperature: 1']);
  });
});

describe('an answer', () => {
  it('that says it is a stream but is cut fails, also behind its last block', () => {
    const stream = translator.decodeStream();
    const start = stream.feed('{"type":"message_start","message":{"id":"a","usage":{"input_tokens":1}}}');
    expect(foldAnswer([...start, ...stream.end()]).failure?.kind).toBe('bad-upstream');
  });

  it('may bring a whole input with the start of a call', () => {
    const stream = translator.decodeStream();
    const events = [
      '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{"x":1}}}',
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}',
      '{"type":"message_stop"}',
    ].flatMap((data) => stream.feed(data));
    expect(foldAnswer(events)).toMatchObject({
      parts: [{ input: '{"x":1}' }],
      finish: { reason: 'tool-calls' },
    });
  });

  it('of tools that the provider runs is passed over, the rest is read', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'text', text: 'Yes.' },
    ];
    const answer = foldAnswer(
      translator.decodeResponse(JSON.stringify({ content, stop_reason: 'end_turn' })),
    );
    expect(answer.parts).toEqual([{ type: 'text', text: 'Yes.' }]);
  });
});

it('a client is told of a conversation that is too long in the phrase that it looks for', () => {
  const { body } = translator.encodeFailure({ kind: 'context-length', message: '9 tokens are too many.' });
  expect(JSON.parse(body)).toMatchObject({
    error: { message: 'prompt is too long: 9 tokens are too many.' },
  });
});

it.each([
  ['{"messages":[]}', 'messages'],
  ['{"messages":[{"role":"tool","content":"x"}]}', 'messages[0].role'],
  ['{"messages":[{"role":"user","content":[{"text":"x"}]}]}', 'messages[0].content[0].type'],
  ['{"messages":[{"role":"user","content":"x"}],"tools":[{}]}', 'tools[0].name'],
  ['{"messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"tool"}}', 'tool_choice'],
])('%s is refused by name', (body, param) => {
  try {
    translator.decodeRequest(body);
    expect.unreachable();
  } catch (error) {
    expect(error instanceof RotaError && error.failure).toMatchObject({ kind: 'invalid-request', param });
  }
});
