import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealState } from '../../chat/envelope.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { decodeRequest } from './decode-request.ts';

function decode(body: object): ChatRequest {
  return decodeRequest(JSON.stringify(body));
}

function turnsOf(...input: readonly object[]): ChatRequest['turns'] {
  return decode({ input }).turns;
}

function paramOf(body: string): unknown {
  try {
    return decodeRequest(body);
  } catch (error) {
    if (!(error instanceof RotaError) || error.failure.kind !== 'invalid-request') throw error;
    return error.failure.param;
  }
}

const user = { role: 'user', content: 'hi' };
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'ls', arguments: '{}' };
const result = { type: 'function_call_output', call_id: 'call_1', output: 'a.ts' };

describe('the conversation', () => {
  it('begins with the instructions, then what developers say', () => {
    const turns = decode({
      instructions: 'One.',
      input: [{ role: 'developer', content: 'Two.' }, user],
    }).turns;
    expect(turns).toMatchObject([
      { role: 'system', rank: 'system', parts: [{ text: 'One.' }] },
      { role: 'system', rank: 'developer', parts: [{ text: 'Two.' }] },
      { role: 'user', parts: [{ text: 'hi' }] },
    ]);
    expect(decode({ input: 'hi' }).turns).toMatchObject([{ role: 'user', parts: [{ text: 'hi' }] }]);
  });

  it('has the items of one answer in one turn, and results right behind it', () => {
    const later = { role: 'developer', content: 'Stop.' };
    const turns = turnsOf(user, { role: 'assistant', content: 'Look.' }, call, later, result);
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'system']);
    expect(turns[1]).toMatchObject({ parts: [{ type: 'text' }, { type: 'tool-call', id: 'call_1' }] });
  });

  it('has calls of custom tools, of namespaces, and results with pictures', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' };
    const turns = turnsOf(
      user,
      { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: '***' },
      { ...call, call_id: 'call_2', namespace: 'git' },
      {
        type: 'custom_tool_call_output',
        call_id: 'call_1',
        output: [{ type: 'input_text', text: 'ok' }, image],
      },
      { ...result, call_id: 'call_2' },
    );
    expect(turns.slice(1)).toMatchObject([
      {
        parts: [
          { kind: 'custom', input: '***' },
          { kind: 'function', namespace: 'git' },
        ],
      },
      {
        parts: [
          {
            parts: [
              { type: 'text', text: 'ok' },
              {
                type: 'image',
                detail: 'low',
                source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' },
              },
            ],
          },
          { parts: [{ text: 'a.ts' }] },
        ],
      },
    ]);
  });

  it.each([
    ['its own', 'gAAAA', { source: 'responses' }],
    [
      "another protocol's",
      sealState({ source: 'messages', blocks: [{ a: 1 }] }),
      { source: 'messages', blocks: [{ a: 1 }] },
    ],
    ['none', null, undefined],
    ['none that can be read', 'eyJ2IjoxLCJzcmMi!!', undefined],
  ])('keeps reasoning with %s state', (_, encrypted_content, state) => {
    const summary = [
      { type: 'summary_text', text: 'A' },
      { type: 'summary_text', text: 'B' },
    ];
    const [, turn] = turnsOf(user, { type: 'reasoning', id: 'rs_1', summary, encrypted_content });
    const [part] = turn?.parts ?? [];
    expect(part).toMatchObject({ type: 'reasoning', text: 'A\n\nB', ...(state ? { state } : {}) });
    if (!state) expect(part).not.toHaveProperty('state');
  });

  it.each([
    [
      'a file by its bytes',
      { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
      { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' },
    ],
    [
      'a file by bare Base64',
      { file_data: 'AA==' },
      { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' },
    ],
    [
      'a file by its address',
      { file_url: 'https://example.com/a.pdf' },
      { kind: 'url', url: 'https://example.com/a.pdf' },
    ],
    ['a stored file', { file_id: 'file_1' }, { kind: 'stored', id: 'file_1', param: 'file_id' }],
  ])('has %s', (_, file, source) => {
    const [turn] = turnsOf({ role: 'user', content: [{ type: 'input_file', ...file }] });
    expect(turn?.parts).toMatchObject([{ type: 'file', source }]);
  });
});

describe('tools', () => {
  it('come from the top and from the input, in order, namespaces in pieces', () => {
    const { tools } = decode({
      tools: [
        { type: 'function', name: 'ls', description: 'List.', parameters: { type: 'object' }, strict: true },
        {
          type: 'custom',
          name: 'patch',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: A' },
        },
      ],
      input: [
        {
          type: 'additional_tools',
          tools: [{ type: 'namespace', name: 'git', tools: [{ type: 'function', name: 'log' }] }],
        },
        user,
      ],
    });
    expect(tools).toEqual([
      { kind: 'function', name: 'ls', description: 'List.', parameters: { type: 'object' }, strict: true },
      { kind: 'custom', name: 'patch', grammar: { syntax: 'lark', definition: 'start: A' } },
      { kind: 'function', name: 'log', namespace: 'git' },
    ]);
  });

  it('of the provider stay where they are needed, and are hints where assistants send them anyway', () => {
    const { tools, extras } = decode({
      input: [user],
      tools: [{ type: 'web_search' }, { type: 'file_search' }],
    });
    expect(tools).toMatchObject([{ kind: 'native', param: 'file_search' }]);
    expect(extras).toMatchObject([{ name: 'web_search', weight: 'hint' }]);
  });

  it.each([
    ['auto', { mode: 'auto' }],
    [
      { type: 'function', name: 'ls' },
      { mode: 'named', tool: { name: 'ls' } },
    ],
    [
      { type: 'custom', name: 'patch' },
      { mode: 'named', tool: { name: 'patch' } },
    ],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'ls' }] },
      { mode: 'allowed', must: 'required', tools: [{ name: 'ls' }] },
    ],
    [null, undefined],
  ])('are chosen by %j', (tool_choice, expected) => {
    expect(decode({ input: [user], tool_choice }).toolChoice).toEqual(expected);
  });
});

describe('settings', () => {
  it('are those of the top, as changed on the way', () => {
    const request = decode({
      model: 'm',
      input: [user, { type: 'configuration_update', reasoning: { effort: 'high', summary: 'auto' } }],
      reasoning: { effort: 'low' },
      text: {
        verbosity: 'low',
        format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
      },
      max_output_tokens: 99,
      temperature: 0.5,
      prompt_cache_key: 'k',
      safety_identifier: 'u',
      stream: true,
    });
    expect(request).toMatchObject({
      model: 'm',
      reasoning: { effort: 'high', visible: true },
      verbosity: 'low',
      output: { kind: 'schema', name: 'n', schema: { type: 'object' }, strict: true },
      maxOutputTokens: 99,
      sampling: { temperature: 0.5 },
      cacheKey: 'k',
      endUserId: 'u',
      stream: true,
    });
  });

  it('that the neutral form has no word for are hints, but for state that the provider holds', () => {
    const body = {
      input: [user],
      client_metadata: {},
      truncation: 'auto',
      store: true,
      previous_response_id: 'resp_1',
    };
    expect(decode(body).extras.map(({ name, weight }) => `${name} ${weight}`)).toEqual([
      'previous_response_id meant',
      'store hint',
      'client_metadata hint',
      'truncation hint',
    ]);
    expect(decode({ input: [user], store: false, background: false, conversation: null }).extras).toEqual([]);
  });
});

describe('a body that is none', () => {
  it.each([
    ['x', undefined],
    ['[]', undefined],
    ['{}', 'input'],
    ['{"input":[]}', 'input'],
    ['{"input":5}', 'input'],
    ['{"input":[5]}', 'input'],
    ['{"input":[{"role":"alien","content":"hi"}]}', 'input'],
    ['{"input":[{"type":"function_call","name":"ls"}]}', 'call_id'],
    ['{"input":[{"type":"function_call_output","output":"x"}]}', 'call_id'],
  ])('is refused: %s', (body, param) => {
    expect(paramOf(body)).toBe(param);
  });

  it('breaks nothing, whatever it is', () => {
    const names = [
      'input',
      'tools',
      'tool_choice',
      'text',
      'reasoning',
      'include',
      'metadata',
      'instructions',
      'stream',
    ];
    const item = fc.dictionary(
      fc.constantFrom('type', 'role', 'content', 'call_id', 'name', 'summary', 'tools', 'output'),
      fc.oneof(
        fc.constantFrom('message', 'function_call', 'reasoning', 'user', 'assistant', 'additional_tools'),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 })),
        fc.array(item),
        (members, input) => {
          paramOf(JSON.stringify(members));
          paramOf(JSON.stringify({ ...members, input }));
        },
      ),
    );
  });
});
