import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealState } from '../../chat/envelope.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { RotaError } from '../../failure.ts';
import { decodeRequest } from './decode-request.ts';

function decode(body: object, path?: string): ChatRequest {
  return decodeRequest(JSON.stringify(body), path);
}

function turnsOf(...contents: readonly object[]): ChatRequest['turns'] {
  return decode({ contents }).turns;
}

function refusalOf(body: string): unknown {
  try {
    return decodeRequest(body);
  } catch (error) {
    if (!(error instanceof RotaError) || error.failure.kind !== 'invalid-request') throw error;
    return error.failure.param ?? error.message;
  }
}

const user = { role: 'user', parts: [{ text: 'hi' }] };
const call = (name: string, more: object = {}) => ({ functionCall: { name, args: {}, ...more } });
const response = (name: string, value: object, more: object = {}) => ({
  functionResponse: { name, response: value, ...more },
});
const model = (...parts: readonly object[]) => ({ role: 'model', parts });
const results = (...parts: readonly object[]) => ({ role: 'user', parts });

describe('the path', () => {
  it.each([
    ['/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse', 'gemini-3.5-flash', true],
    ['/v1/models/gemini-3.5-flash:generateContent', 'gemini-3.5-flash', false],
    ['/v1beta/models/models%2Fgemini-3.5-flash%3AgenerateContent?key=x', 'gemini-3.5-flash', false],
    ['/v1beta/models/vendor/some:model:generateContent', 'vendor/some:model', false],
    ['/v1beta/tunedModels/mine:generateContent', 'mine', false],
    ['/nothing', undefined, false],
    ['/%', undefined, false],
  ])('%s names the model, and whether to stream', (path, name, stream) => {
    const request = decode({ contents: [user] }, path);
    expect([request.model, request.stream]).toEqual([name, stream]);
  });
});

describe('the conversation', () => {
  it('pairs results with calls by id, else by name and order, and puts them right behind', () => {
    const turns = turnsOf(
      user,
      model(
        { text: 'Look.' },
        call('ls', { args: { a: 1 } }),
        call('ls', { args: { a: 2 } }),
        call('cat', { id: 'own' }),
      ),
      results(
        { text: 'Here.' },
        response('cat', { output: 'C' }, { id: 'own' }),
        response('ls', { output: 'A' }),
        response('ls', { output: 'B' }),
      ),
    );
    const [first, second, third] = turns[1]?.parts.slice(1) ?? [];
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
    expect([first, second, third]).toMatchObject([{ input: '{"a":1}' }, { input: '{"a":2}' }, { id: 'own' }]);
    expect(turns[2]?.parts).toMatchObject([
      { callId: first && 'id' in first ? first.id : '', parts: [{ text: 'A' }] },
      { callId: second && 'id' in second ? second.id : '', parts: [{ text: 'B' }] },
      { callId: 'own', parts: [{ text: 'C' }] },
    ]);
  });

  it('gives the same ids every time it is sent, also when it has grown', () => {
    const turn = [user, model(call('ls')), results(response('ls', { output: '' }))];
    const idsOf = (turns: ChatRequest['turns']) =>
      turns.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])));
    const before = idsOf(turnsOf(...turn));
    const after = idsOf(turnsOf(...turn, model(call('ls')), results(response('ls', { output: '' }))));
    expect(after[0]).toBe(before[0]);
    expect(new Set(after).size).toBe(2);
  });

  it.each([
    [{ output: 'A' }, 'A', false],
    [{ error: 'No.' }, 'No.', true],
    [{ error: { code: 1 } }, '{"code":1}', true],
    [{ output: { b: 1 } }, '{"b":1}', false],
    [{ a: 1, b: 2 }, '{"a":1,"b":2}', false],
    [{}, '{}', false],
  ])('reads the result %j', (value, text, isError) => {
    const turns = turnsOf(user, model(call('ls')), results(response('ls', value)));
    expect(turns[2]?.parts).toMatchObject([{ isError, parts: [{ type: 'text', text }] }]);
  });

  it('has pictures, files, sound and stored files, in either spelling', () => {
    const data = (mimeType: string) => ({ inlineData: { mimeType, data: 'AA==' } });
    const [turn] = turnsOf({
      parts: [
        data('image/png'),
        data('application/pdf'),
        data('video/mp4'),
        { file_data: { mime_type: 'image/png', file_uri: 'u' } },
        { text: '' },
      ],
    });
    expect(turn?.parts).toMatchObject([
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png' } },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf' } },
      { type: 'media', param: 'video/mp4' },
      { type: 'image', source: { kind: 'stored', id: 'u', param: 'fileUri' } },
    ]);
  });

  it('keeps signatures as state: of calls its own, of any part an envelope, and none where there is none', () => {
    const sealed = sealState({ source: 'messages', blocks: ['b'] });
    const partsOf = (...parts: readonly object[]) => turnsOf(user, model(...parts))[1]?.parts;
    const answered = (...parts: readonly object[]) =>
      turnsOf(user, model(...parts), results(response('ls', {})))[1]?.parts;
    expect(answered({ text: 'Hm', thought: true }, { ...call('ls'), thoughtSignature: 'sig' })).toMatchObject(
      [
        {
          type: 'reasoning',
          text: 'Hm',
          state: { source: 'gemini', blocks: [{ functionCall: 0, thoughtSignature: 'sig' }] },
        },
        { type: 'tool-call' },
      ],
    );
    expect(partsOf({ text: 'A', thoughtSignature: sealed })).toMatchObject([
      { type: 'reasoning', text: '', state: { source: 'messages', blocks: ['b'] } },
      { type: 'text', text: 'A' },
    ]);
    expect(partsOf({ text: 'A' }, { text: '', thoughtSignature: 'sig' })).toMatchObject([{ type: 'text' }]);
    const skipped = { ...call('ls'), thought_signature: 'skip_thought_signature_validator' };
    expect(answered(skipped)).toMatchObject([{ type: 'tool-call' }]);
  });
});

describe('tools and settings', () => {
  it('have their schemas as JSON Schema, whichever field they are in', () => {
    const { tools } = decode({
      contents: [user],
      tools: [
        {
          function_declarations: [
            { name: 'a', parameters: { type: 'OBJECT', properties: { b: { type: 'STRING' } } } },
          ],
        },
        {
          functionDeclarations: [{ name: 'c', parametersJsonSchema: { type: 'object' } }, { name: 'd' }],
          googleSearch: {},
        },
        { codeExecution: {} },
      ],
    });
    expect(tools).toEqual([
      { kind: 'function', name: 'a', parameters: { type: 'object', properties: { b: { type: 'string' } } } },
      { kind: 'function', name: 'c', parameters: { type: 'object' } },
      { kind: 'function', name: 'd' },
      { kind: 'native', protocol: 'gemini', param: 'codeExecution', value: { codeExecution: {} } },
    ]);
  });

  it.each([
    [{ mode: 'AUTO' }, { mode: 'auto' }],
    [{ mode: 'none' }, { mode: 'none' }],
    [{ mode: 'ANY' }, { mode: 'required' }],
    [
      { mode: 'ANY', allowedFunctionNames: ['a'] },
      { mode: 'named', tool: { name: 'a' } },
    ],
    [
      { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
      { mode: 'allowed', must: 'required', tools: [{ name: 'a' }, { name: 'b' }] },
    ],
    [
      { mode: 'VALIDATED', allowedFunctionNames: ['a'] },
      { mode: 'allowed', must: 'auto', tools: [{ name: 'a' }] },
    ],
    [{}, undefined],
  ])('choose by %j', (functionCallingConfig, expected) => {
    expect(decode({ contents: [user], toolConfig: { functionCallingConfig } }).toolChoice).toEqual(expected);
  });

  it.each([
    [{ thinkingBudget: 0 }, { effort: 'none', visible: false }],
    [{ thinkingBudget: -1, includeThoughts: true }, { visible: true }],
    [{ thinkingBudget: 2000 }, { budgetTokens: 2000, visible: false }],
    [
      { thinking_level: 'HIGH', include_thoughts: true },
      { effort: 'high', visible: true },
    ],
  ])('think by %j', (thinkingConfig, expected) => {
    expect(decode({ contents: [user], generationConfig: { thinkingConfig } }).reasoning).toEqual(expected);
  });

  it('are carried in neutral words, hints, or refused', () => {
    const request = decode({
      contents: [user],
      system_instruction: { parts: [{ text: 'One.' }, { text: 'Two.' }] },
      generationConfig: {
        temperature: 0.5,
        topK: 4,
        max_output_tokens: 9,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        candidateCount: 2,
        mediaResolution: 'LOW',
      },
      safetySettings: [{ category: 'X' }],
      cachedContent: 'cachedContents/x',
    });
    expect(request).toMatchObject({
      sampling: { temperature: 0.5, topK: 4 },
      maxOutputTokens: 9,
      stopSequences: ['END'],
      output: { kind: 'json' },
    });
    expect(request.turns[0]).toMatchObject({ role: 'system', parts: [{ text: 'One.' }, { text: 'Two.' }] });
    expect(request.extras.map(({ name, weight }) => `${name} ${weight}`).sort()).toEqual([
      'cachedContent meant',
      'candidateCount meant',
      'mediaResolution hint',
      'safetySettings hint',
    ]);
  });
});

describe('a body that is none', () => {
  it.each([
    ['x', expect.stringMatching(/JSON/)],
    ['{}', 'contents'],
    ['{"contents":[]}', 'contents'],
    ['{"contents":[5]}', 'contents[0]'],
    ['{"contents":[{"parts":[{"functionResponse":{"name":"ls"}}]}]}', 'contents[0]'],
  ])('is refused: %s', (body, param) => {
    expect(refusalOf(body)).toEqual(param);
  });

  it('breaks nothing, whatever it is', () => {
    const names = [
      'contents',
      'tools',
      'toolConfig',
      'generationConfig',
      'systemInstruction',
      'safetySettings',
    ];
    const part = fc.dictionary(
      fc.constantFrom(
        'text',
        'thought',
        'functionCall',
        'functionResponse',
        'inlineData',
        'thoughtSignature',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const content = fc.record({ role: fc.constantFrom('user', 'model', 'function'), parts: fc.array(part) });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 })),
        fc.array(content),
        (members, contents) => {
          refusalOf(JSON.stringify(members));
          refusalOf(JSON.stringify({ ...members, contents }));
        },
      ),
    );
  });
});
