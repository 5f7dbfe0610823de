import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { recordOf, recordsOf, type JsonRecord } from '../json-value.ts';
import type { EncodeTarget } from '../translator.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { factsOf } from './model-facts.ts';

const target: EncodeTarget = { model: 'gemini-3.5-flash', reasoningState: 'same-account' };
const user: ChatRequest['turns'][number] = { role: 'user', parts: [{ type: 'text', text: 'hi' }] };
const plain: ChatRequest = {
  turns: [user],
  tools: [],
  sampling: {},
  stopSequences: [],
  stream: false,
  extras: [],
};

function bodyOf(request: Partial<ChatRequest>, to: EncodeTarget = target): JsonRecord {
  return recordOf(JSON.parse(encodeRequest({ ...plain, ...request }, to).body));
}

function contentsOf(turns: ChatRequest['turns'], to: EncodeTarget = target): readonly JsonRecord[] {
  return recordsOf(bodyOf({ turns }, to).contents);
}

const call = { type: 'tool-call', id: 'call_1', name: 'ls', kind: 'function', input: '' } as const;
const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } } as const;
const resultOf = (...parts: readonly ({ type: 'text'; text: string } | typeof image)[]) =>
  ({ role: 'tool', parts: [{ type: 'tool-result', callId: 'call_1', parts, isError: false }] }) as const;

describe('a request upstream', () => {
  it('names the model in the path, and no more in the body than it must', () => {
    const { path, body } = encodeRequest(plain, target);
    expect(path).toBe('/v1beta/models/gemini-3.5-flash:generateContent');
    expect(JSON.parse(body)).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
    const streamed = encodeRequest({ ...plain, stream: true }, { ...target, model: 'tunedModels/my model' });
    expect(streamed.path).toBe('/v1beta/tunedModels/my%20model:streamGenerateContent?alt=sse');
  });

  it('is the same again after it was read, for all that both sides can say', () => {
    const body = {
      systemInstruction: { parts: [{ text: 'One.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }] },
        {
          role: 'model',
          parts: [
            { text: 'Look.' },
            { functionCall: { id: 'call_1', name: 'ls', args: { a: 1 } }, thoughtSignature: 'sig' },
            { functionCall: { id: 'call_2', name: 'ls', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'call_1', name: 'ls', response: { output: 'a.ts' } } },
            { functionResponse: { id: 'call_2', name: 'ls', response: { error: 'No.' } } },
          ],
        },
        { role: 'user', parts: [{ text: 'Go on.' }] },
      ],
      tools: [
        {
          functionDeclarations: [
            {
              name: 'ls',
              description: 'List.',
              parametersJsonSchema: { type: 'object', properties: { a: { type: 'integer' } } },
            },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['ls'] } },
      generationConfig: {
        maxOutputTokens: 9,
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        stopSequences: ['END'],
        seed: 7,
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { a: { type: 'string' } } },
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' },
      },
    };
    const request = decodeRequest(JSON.stringify(body), encodeRequest(plain, target).path);
    expect(bodyOf(request)).toEqual(body);
  });

  it('begins with the user, keeps results apart, and merges the rest', () => {
    const system: ChatRequest['turns'][number] = {
      role: 'system',
      rank: 'developer',
      parts: [{ type: 'text', text: 'Stop.' }],
    };
    const contents = contentsOf([
      { role: 'assistant', parts: [call] },
      resultOf({ type: 'text', text: 'a.ts' }),
      user,
      system,
    ]);
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: '(continued)' }] },
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'call_1', name: 'ls', args: {} },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'call_1', name: 'ls', response: { output: 'a.ts' } } }],
      },
      { role: 'user', parts: [{ text: 'hi' }, { text: '<system>Stop.</system>' }] },
    ]);
  });

  it('takes a signature back to its call where the account that made it is asked, else says that there is none', () => {
    const state = { source: 'gemini', blocks: [{ functionCall: 1, thoughtSignature: 'sig' }] };
    const turns: ChatRequest['turns'] = [
      user,
      {
        role: 'assistant',
        parts: [call, { type: 'reasoning', text: 'Hm', state }, { ...call, id: 'call_2' }],
      },
      {
        role: 'tool',
        parts: ['call_1', 'call_2'].map((callId) => ({
          type: 'tool-result',
          callId,
          parts: [],
          isError: false,
        })),
      },
    ];
    const signaturesOf = (to: EncodeTarget) =>
      recordsOf(contentsOf(turns, to)[1]?.parts).map(({ thoughtSignature }) => thoughtSignature);
    const none = 'skip_thought_signature_validator';
    expect(signaturesOf(target)).toEqual([none, 'sig']);
    expect(signaturesOf({ ...target, reasoningState: 'foreign' })).toEqual([none, undefined]);
    expect(signaturesOf({ ...target, facts: { callSignatures: false } })).toEqual([undefined, 'sig']);
  });

  it('puts pictures of results into them, or behind them for models that cannot', () => {
    const turns = [
      user,
      { role: 'assistant', parts: [call] } as const,
      resultOf({ type: 'text', text: 'A' }, image),
    ];
    const inline = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
    expect(contentsOf(turns)[2]).toMatchObject({
      parts: [{ functionResponse: { response: { output: 'A' }, parts: [inline] } }],
    });
    const older = contentsOf(turns, { ...target, facts: { functionResponseParts: false } });
    expect(older[3]).toEqual({ role: 'user', parts: [{ text: 'Returned by tool call call_1:' }, inline] });
  });

  it('tells what was cut off of a call, and free text of a custom tool, as arguments', () => {
    const cut = { ...call, input: '{"a' };
    const free = { ...call, id: 'call_2', kind: 'custom', input: '***' } as const;
    const parts = recordsOf(contentsOf([user, { role: 'assistant', parts: [cut, free] }])[1]?.parts);
    expect(parts).toMatchObject([
      { functionCall: { args: { _raw: '{"a' } } },
      { functionCall: { args: { input: '***' } } },
    ]);
  });

  it.each([
    ['gemini-3.5-flash', { effort: 'max', visible: true }, { includeThoughts: true, thinkingLevel: 'HIGH' }],
    ['gemini-3.5-flash', { budgetTokens: 9000 }, { thinkingLevel: 'MEDIUM' }],
    ['gemini-3.5-flash', { effort: 'none' }, { thinkingLevel: 'MINIMAL' }],
    ['gemini-3-pro-preview', { effort: 'none' }, { thinkingLevel: 'LOW' }],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'HIGH' }],
    ['models/gemini-3.1-pro-preview', { effort: 'medium' }, { thinkingLevel: 'MEDIUM' }],
    ['google/gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'LOW' }],
    ['gemini-2.5-pro', { effort: 'low' }, { thinkingBudget: 1024 }],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
    ['gemini-2.5-flash-lite', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512 }],
    ['models/gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { budgetTokens: 2000, effort: 'low' }, { thinkingBudget: 2000 }],
  ] as const)('lets %s think as %j', (model, reasoning, thinkingConfig) => {
    const facts = factsOf(model);
    expect(bodyOf({ reasoning }, { ...target, model, facts }).generationConfig).toEqual({ thinkingConfig });
  });

  it('keeps to what the model is known to take', () => {
    const facts = {
      thinking: { styles: ['budget'], minBudget: 128, maxBudget: 32_768 },
      jsonSchemaFields: false,
      sampling: false,
      maxOutputTokens: 5,
    } as const;
    const schema = { type: 'object', properties: { a: { type: ['string', 'null'] } } };
    const body = bodyOf(
      {
        reasoning: { effort: 'none' },
        sampling: { temperature: 1 },
        maxOutputTokens: 9,
        output: { kind: 'schema', schema },
        tools: [{ kind: 'function', name: 'ls', parameters: schema }],
      },
      { ...target, facts },
    );
    const older = { type: 'object', properties: { a: { type: 'string', nullable: true } } };
    expect(body).toMatchObject({ tools: [{ functionDeclarations: [{ name: 'ls', parameters: older }] }] });
    expect(body.generationConfig).toEqual({
      maxOutputTokens: 5,
      responseMimeType: 'application/json',
      responseSchema: older,
      thinkingConfig: { thinkingBudget: 128 },
    });
  });

  it('asks for five stop sequences, and cuts at the rest by itself', () => {
    const stopSequences = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { body, restoration } = encodeRequest({ ...plain, stopSequences }, target);
    expect(recordOf(JSON.parse(body)).generationConfig).toEqual({ stopSequences: stopSequences.slice(0, 5) });
    expect(restoration.cutAt).toEqual(['f']);
  });

  it('reports what it leaves out', () => {
    const { dropped } = encodeRequest(
      { ...plain, cacheKey: 'k', endUserId: 'u', verbosity: 'low', parallelToolCalls: false },
      target,
    );
    expect(dropped.map(({ name }) => name)).toEqual([
      'parallel_tool_calls',
      'verbosity',
      'prompt_cache_key',
      'safety_identifier',
    ]);
  });

  it.each([
    [
      'a picture of a kind that it does not know',
      {
        turns: [{ role: 'user', parts: [{ ...image, source: { ...image.source, mediaType: 'image/gif' } }] }],
      },
      'image/gif',
    ],
    [
      'a picture at an address',
      {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }],
          },
        ],
      },
      'url',
    ],
    [
      "another vendor's stored file",
      {
        turns: [
          {
            role: 'user',
            parts: [{ type: 'file', source: { kind: 'stored', id: 'x', owner: 'other', param: 'file_id' } }],
          },
        ],
      },
      'file_id',
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
          user,
          { role: 'assistant', parts: [{ type: 'native', protocol: 'p', param: 'compaction', value: {} }] },
        ],
      },
      'compaction',
    ],
    ['a member that is meant', { extras: [{ protocol: 'p', name: 'n', value: 2, weight: 'meant' }] }, 'n'],
  ] satisfies readonly (readonly [string, Partial<ChatRequest>, string])[])(
    'refuses %s by name',
    (_, request, name) => {
      try {
        encodeRequest({ ...plain, ...request }, target);
        expect.unreachable();
      } catch (error) {
        expect(error instanceof RotaError && error.failure).toMatchObject({
          kind: 'invalid-request',
          param: name,
        });
      }
    },
  );
});
