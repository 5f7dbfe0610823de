import { describe, expect, test } from 'vitest';
import * as faults from './faults.ts';
import { start, sdk, HELLO, ask, joined, chunksOf } from './test-client.ts';

describe('normal answers, through the official SDK', () => {
  test('each account answers by its own label', async () => {
    const simulator = await start();
    const a = await sdk(simulator, 'sk-a').chat.completions.create(HELLO);
    const b = await sdk(simulator, 'sk-b').chat.completions.create(HELLO);
    expect(a.choices[0]?.message.content).toBe('hello from work');
    expect(b.choices[0]?.message.content).toBe('hello from home');
    expect(a).toMatchObject({
      id: 'chatcmpl-sim-1',
      object: 'chat.completion',
      model: 'gpt-5.5',
      choices: [{ index: 0, finish_reason: 'stop', logprobs: null, message: { refusal: null } }],
      usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
    });
    expect(simulator.unexpected).toEqual([]);
  });

  test('a stream has one id, a role first, one finish, and usage only when asked', async () => {
    const simulator = await start();
    const plain = await chunksOf(simulator);
    expect(joined(plain)).toBe('hello from work');
    expect(plain[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(new Set(plain.map((chunk) => chunk.id)).size).toBe(1);
    expect(plain.filter((chunk) => chunk.choices[0]?.finish_reason === 'stop')).toHaveLength(1);
    expect(plain.every((chunk) => !('usage' in chunk))).toBe(true);

    const counted = await chunksOf(simulator, { stream_options: { include_usage: true } });
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
    expect(counted.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  test.each(['fragments', 'whole', 'interleaved'] as const)('tool calls, %s', async (toolCallStyle) => {
    const simulator = await start();
    const toolCalls = [
      { id: 'call_1', name: 'read', arguments: '{"path":"a/long/path/name.ts"}' },
      { name: 'list', arguments: '{}' },
    ];
    simulator.always('sk-a', faults.answer({ toolCalls, toolCallStyle }));
    const expected = [
      { id: 'call_1', function: { name: 'read', arguments: toolCalls[0]?.arguments } },
      { id: 'call_sim_1_1', function: { name: 'list', arguments: '{}' } },
    ];
    const runner = sdk(simulator).chat.completions.stream({ ...HELLO });
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(expected);
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
    const whole = await sdk(simulator).chat.completions.create(HELLO);
    expect(whole.choices[0]?.message.content).toBeNull();
    expect(whole.choices[0]?.message.tool_calls?.map((call) => call.type)).toEqual(['function', 'function']);
  });

  test('reasoning, images, refusal and usage where compatible servers put them', async () => {
    const simulator = await start();
    const usage = { promptTokens: 100, completionTokens: 20, cachedTokens: 64, reasoningTokens: 8 };
    const content = { reasoning: 'let me think', images: ['data:image/png;base64,AA=='], usage };
    simulator.always('sk-a', faults.answer({ ...content, usageOn: 'finish-chunk' }));
    const whole = await sdk(simulator).chat.completions.create(HELLO);
    expect(whole.choices[0]?.message).toMatchObject({
      content: 'hello from work',
      reasoning_content: 'let me think',
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
    });
    expect(whole.usage).toMatchObject({
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 8 },
    });
    const chunks = await chunksOf(simulator);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { total_tokens: 120 },
    });
    expect(chunks.filter((chunk) => JSON.stringify(chunk).includes('reasoning_content'))).toHaveLength(3);

    simulator.always('sk-a', faults.answer({ refusal: 'I cannot.' }));
    const refused = await sdk(simulator).chat.completions.create(HELLO);
    expect(refused.choices[0]?.message).toMatchObject({ content: null, refusal: 'I cannot.' });
  });

  test('size and number of chunks are as asked for', async () => {
    const simulator = await start({ answer: { chunks: 50, chunkBytes: 40 } });
    const chunks = await chunksOf(simulator);
    const texts = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').filter((text) => text !== '');
    expect(texts.map((text) => text.length)).toEqual(Array.from({ length: 50 }, () => 40));
    const whole = await sdk(simulator).chat.completions.create(HELLO);
    expect(whole.choices[0]?.message.content).toBe(texts.join(''));

    simulator.script('sk-a', faults.answer({ text: 'Grüße 🎉 aus Bern', chunks: 4, echo: true }));
    expect(joined(await chunksOf(simulator))).toBe('Grüße 🎉 aus Bern');
  });

  test.each([
    ['CRLF', { lineEnd: '\r\n' }],
    ['CR', { lineEnd: '\r' }],
    ['comments', { comment: 'OPENROUTER PROCESSING' }],
    ['every byte alone', { cutAt: 'every-byte' }],
    ['some cuts, in CRLF', { cutAt: [1, 7, 8, 300, 99_999], lineEnd: '\r\n', comment: 'x' }],
    ['compressed', { gzip: true }],
  ] as const)('the SDK reads the same with %s', async (_name, manner) => {
    const simulator = await start();
    simulator.always('sk-a', faults.answer({ text: 'Grüße 🎉', ...manner }));
    expect(joined(await chunksOf(simulator))).toBe('Grüße 🎉');
    const whole = await sdk(simulator).chat.completions.create(HELLO);
    expect(whole.choices[0]?.message.content).toBe('Grüße 🎉');
  });
});

describe('without records', () => {
  test('answers are the same, and nothing is kept', async () => {
    const simulator = await start({ record: false, models: ['gpt-5.5'] });
    const whole = await sdk(simulator).chat.completions.create(HELLO);
    expect(whole).toMatchObject({ model: 'gpt-5.5', choices: [{ message: { content: 'hello from work' } }] });
    expect(joined(await chunksOf(simulator))).toBe('hello from work');
    const counted = await chunksOf(simulator, { stream_options: { include_usage: true } });
    expect(counted.at(-1)?.usage?.prompt_tokens).toBe(11);
    const text = 'x'.repeat(1_000_000);
    const big = { ...HELLO, messages: [{ role: 'user' as const, content: text }], stream: true as const };
    expect(joined(await chunksOf(simulator, big))).toBe('hello from work');
    simulator.account('sk-a', { label: 'renamed' });
    expect((await sdk(simulator).chat.completions.create(HELLO)).choices[0]?.message.content).toBe(
      'hello from renamed',
    );
    simulator.script('sk-a', faults.serverError());
    expect((await ask(simulator)).status).toBe(500);
    expect((await ask(simulator, { headers: { authorization: 'Bearer sk-z' } })).status).toBe(401);
    expect(simulator.calls).toEqual([]);
    await expect(simulator.waitForCall(() => true)).rejects.toThrow('record');
  });
});

test('close breaks what hangs and ends what waits', async () => {
  const simulator = await start();
  simulator.script(
    'sk-a',
    faults.nothing('hang'),
    faults.drip(1, 60_000),
    faults.answer({ headersAfterMs: 60_000 }),
  );
  const hanging = [ask(simulator), ask(simulator), ask(simulator)];
  await simulator.waitForCall((call) => call.serial === 3 && call.answered !== 'none');
  await simulator.close();
  const seen = await Promise.all(hanging);
  expect(seen.map((one) => one.error)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
});
