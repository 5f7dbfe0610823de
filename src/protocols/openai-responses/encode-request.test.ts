import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { recordOf, recordsOf, type JsonRecord } from '../json-value.ts';
import type { EncodeTarget } from '../translator.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';

const target: EncodeTarget = { model: 'm', reasoningState: 'same-account' };
const plain: ChatRequest = {
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stopSequences: [],
  stream: false,
  extras: [],
};

function bodyOf(request: Partial<ChatRequest>, to: EncodeTarget = target): JsonRecord {
  return recordOf(JSON.parse(encodeRequest({ ...plain, ...request }, to).body));
}

function inputOf(turns: ChatRequest['turns'], to: EncodeTarget = target): readonly JsonRecord[] {
  return recordsOf(bodyOf({ turns }, to).input);
}

const user: ChatRequest['turns'][number] = { role: 'user', parts: [{ type: 'text', text: 'hi' }] };

describe('a request upstream', () => {
  it('keeps nothing at the provider, and no more than it must say', () => {
    expect(bodyOf({})).toEqual({
      model: 'm',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
      store: false,
    });
  });

  it('is the same again after it was read, for all that both sides can say', () => {
    const body = {
      model: 'm',
      instructions: 'One.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
        { type: 'message', role: 'assistant', content: 'Look.' },
        { type: 'function_call', call_id: 'call_1', name: 'ls', arguments: '{"a": 1.0}' },
        { type: 'custom_tool_call', call_id: 'call_2', name: 'patch', input: '***' },
        { type: 'function_call_output', call_id: 'call_1', output: 'a.ts' },
        { type: 'custom_tool_call_output', call_id: 'call_2', output: 'ok' },
        { type: 'message', role: 'developer', content: 'Stop.' },
      ],
      tools: [
        {
          type: 'function',
          name: 'ls',
          parameters: { type: 'object', properties: {}, additionalProperties: false },
          strict: true,
        },
        { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'A' } },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
      parallel_tool_calls: false,
      max_output_tokens: 99,
      temperature: 0.5,
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      text: { format: { type: 'json_schema', name: 'n', strict: true, schema: {} }, verbosity: 'low' },
      prompt_cache_key: 'k',
      safety_identifier: 'u',
      metadata: { a: 'b' },
      store: false,
      stream: true,
    };
    expect(bodyOf(decodeRequest(JSON.stringify(body)))).toEqual(body);
  });

  it('takes reasoning state to the account that made it, and to no other', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], content: [], encrypted_content: 'gAAAA' };
    const reasoning = (source: string) =>
      [
        user,
        { role: 'assistant', parts: [{ type: 'reasoning', text: 'A', state: { source, blocks: [item] } }] },
      ] satisfies ChatRequest['turns'];
    const { content: _, ...sent } = item;
    expect(inputOf(reasoning('responses'))[1]).toEqual(sent);
    expect(inputOf(reasoning('messages'))).toHaveLength(1);
    const foreign: EncodeTarget = { ...target, reasoningState: 'foreign' };
    expect(inputOf(reasoning('responses'), foreign)).toHaveLength(1);
    const { dropped } = encodeRequest({ ...plain, turns: reasoning('messages') }, target);
    expect(dropped).toEqual([{ name: 'reasoning in history' }]);
  });

  it('has free text as an argument where the server knows no custom tools', () => {
    const call = { type: 'tool-call', id: 'call_1', name: 'patch', kind: 'custom', input: '*"*' } as const;
    const turns: ChatRequest['turns'] = [
      user,
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'call_1', parts: [], isError: true }] },
    ];
    const request = { turns, tools: [{ kind: 'custom', name: 'patch' }] } as const;
    const body = bodyOf(request, { ...target, facts: { customTools: false } });
    expect(recordsOf(body.input).slice(1)).toEqual([
      { type: 'function_call', call_id: 'call_1', name: 'patch', arguments: '{"input":"*\\"*"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Error' },
    ]);
    expect(body.tools).toMatchObject([{ type: 'function', parameters: { required: ['input'] } }]);
  });

  it('cuts at stop sequences by itself, because the server has none', () => {
    const { restoration, dropped, body } = encodeRequest({ ...plain, stopSequences: ['END'] }, target);
    expect(restoration.cutAt).toEqual(['END']);
    expect(dropped).toEqual([{ name: 'stop', instead: 'cut where they would begin' }]);
    expect(body).not.toContain('END');
  });

  it.each([
    [
      'asks for JSON where nothing does',
      { output: { kind: 'json' } },
      { instructions: expect.stringMatching(/JSON/), text: { format: { type: 'json_object' } } },
    ],
    ['raises a limit to the least that is taken', { maxOutputTokens: 3 }, { max_output_tokens: 16 }],
    [
      'names a nameless schema',
      { output: { kind: 'schema', schema: {}, name: '' } },
      { text: { format: { name: 'response' } } },
    ],
    [
      'asks for no state where there will be none',
      { reasoning: { effort: 'none' } },
      { reasoning: { effort: 'none' } },
    ],
    [
      'says that a tool is not strict',
      { tools: [{ kind: 'function', name: 'ls' }] },
      { tools: [{ strict: false, parameters: { type: 'object', properties: {} } }] },
    ],
  ] satisfies readonly (readonly [string, Partial<ChatRequest>, object])[])('%s', (_, request, expected) => {
    expect(bodyOf(request)).toMatchObject(expected);
  });

  it('says strict only of a schema that strict mode takes', () => {
    const open = { kind: 'function', name: 'ls', strict: true, parameters: { type: 'object' } } as const;
    const { body, dropped } = encodeRequest({ ...plain, tools: [open] }, target);
    expect(JSON.parse(body)).toMatchObject({ tools: [{ strict: false }] });
    expect(dropped).toEqual([{ name: 'tools[].strict' }]);
  });

  it('leaves a choice out where there are no tools', () => {
    const body = bodyOf({ toolChoice: { mode: 'auto' }, parallelToolCalls: false });
    expect(body).not.toHaveProperty('tool_choice');
    expect(body).not.toHaveProperty('parallel_tool_calls');
  });

  it('reports what it leaves out', () => {
    const extras = [{ protocol: 'p', name: 'logit_bias', value: {}, weight: 'hint' }] as const;
    const { dropped } = encodeRequest({ ...plain, sampling: { seed: 1, topK: 2, topP: 1 }, extras }, target);
    expect(dropped.map(({ name }) => name).sort()).toEqual(['logit_bias', 'seed', 'top_k']);
  });

  it.each([
    ['a member that is meant', { extras: [{ protocol: 'p', name: 'n', value: 2, weight: 'meant' }] }, 'n'],
    [
      "another vendor's stored file",
      {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'file', source: { kind: 'stored', id: 'x', owner: 'other', param: 'fileUri' } }],
          },
        ],
      },
      'fileUri',
    ],
    [
      'sound',
      {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'media', mediaType: 'audio/wav', data: '', param: 'input_audio' }],
          },
        ],
      },
      'input_audio',
    ],
    [
      "another provider's tool",
      { tools: [{ kind: 'native', protocol: 'p', param: 'bash_1', value: {} }] },
      'bash_1',
    ],
    [
      'history that only its maker reads',
      {
        turns: [
          { role: 'assistant', parts: [{ type: 'native', protocol: 'p', param: 'compaction', value: {} }] },
        ],
      },
      'compaction',
    ],
  ] satisfies readonly (readonly [string, Partial<ChatRequest>, string])[])(
    'refuses %s by name',
    (_, request, name) => {
      try {
        encodeRequest({ ...plain, ...request }, target);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(RotaError);
        expect(error instanceof RotaError && error.failure).toMatchObject({
          kind: 'invalid-request',
          param: name,
        });
      }
    },
  );
});
