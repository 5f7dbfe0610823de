import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Content, Manner } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { renderFrames } from '../simulator/frames.ts';
import { openaiChat } from '../simulator/openai-chat.ts';
import { generations, HELLO, MODEL, stage } from './scene.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

const tools: Content = {
  toolCalls: [
    { id: 'call_1', name: 'read_file', arguments: '{"path":"src/ä \\"quoted\\".ts","error":"data: [DONE]"}' },
    { id: 'call_2', name: 'run', arguments: '{"command":"echo \\u2028 || true","finish_reason":"stop"}' },
  ],
};
const contents: Readonly<Record<string, Content>> = {
  text: { text: 'Grüße, 世界 👋🏽 — "error": {"message":"no"}\n\ndata: [DONE]\n\nand on' },
  'tools in fragments': { ...tools, toolCallStyle: 'fragments' },
  'tools in one piece': { ...tools, toolCallStyle: 'whole' },
  'tools interleaved': { ...tools, toolCallStyle: 'interleaved' },
  reasoning: { reasoning: 'First I think about it.', text: 'Then I say it.' },
  'reasoning under its other name': { reasoning: 'Hm.', reasoningField: 'reasoning', text: 'So.' },
  'a refusal': { refusal: 'I will not do that.' },
  'an image': { text: 'Here:', images: [`data:image/png;base64,${'iVBORw0K'.repeat(4000)}`] },
  'a cut by length': { text: 'so far', finishReason: 'length' },
  'usage on every chunk': { text: 'a b c', usageOn: 'every-chunk' },
  '1 MB': { text: 'lorem ipsum ', chunks: 64, chunkBytes: 16_384 },
};
const manners: Readonly<Record<string, Manner>> = {
  plain: {},
  CRLF: { lineEnd: '\r\n' },
  CR: { lineEnd: '\r' },
  'a byte order mark': { bom: true },
  comments: { comment: 'OPENROUTER PROCESSING' },
  'CRLF and comments': { lineEnd: '\r\n', comment: 'wait' },
};
const generation = { model: MODEL, stream: true, includeUsage: true, lastUserText: '' };
const speaker = { label: 'one', serial: 1, createdSeconds: 1_800_000_000 };
const streamOf = (content: Content, manner: Manner): Buffer =>
  Buffer.concat(renderFrames(openaiChat.frames(generation, content, speaker), manner));
const wholeOf = (content: Content): Buffer =>
  Buffer.from(JSON.stringify(JSON.parse(openaiChat.whole(generation, content, speaker)), undefined, '\t'));

describe('what the client gets is what the upstream sent, byte for byte', () => {
  test.each(Object.entries(contents))('a stream: %s', async (_what, content) => {
    const scene = await stage();
    const type = 'text/event-stream; charset=utf-8';
    for (const [how, manner] of Object.entries(manners)) {
      const body = streamOf(content, manner);
      scene.simulator.script('key-one', { kind: 'raw', body, headers: { 'content-type': type } });
      const answer = await scene.chat({ stream: true });
      expect([answer.status, answer.error], how).toEqual([200, undefined]);
      expect(sha256(answer.body), how).toBe(sha256(body));
      expect(answer.headers).toMatchObject({
        'content-type': type,
        'x-accel-buffering': 'no',
        'x-rota-account': 'one',
        'x-rota-attempts': '1',
      });
    }
    expect((await scene.account('one')).failures).toBe(0);
  });

  test.each(['text', 'tools interleaved', 'reasoning'])('a stream cut at every byte: %s', async (what) => {
    const scene = await stage();
    for (const [how, manner] of Object.entries(manners)) {
      for (const cut of [{ cutAt: 'every-byte' as const }, { pieceBytes: 7 }]) {
        const body = streamOf(contents[what] ?? {}, manner);
        scene.simulator.script('key-one', { kind: 'raw', body, ...cut });
        const answer = await scene.chat({ stream: true });
        expect(answer.error, how).toBeUndefined();
        expect(sha256(answer.body), how).toBe(sha256(body));
      }
    }
    expect((await scene.account('one')).failures).toBe(0);
  });

  test.each(Object.entries(contents))('a whole answer: %s', async (_what, content) => {
    const scene = await stage();
    const body = wholeOf(content);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    scene.simulator.script(
      'key-one',
      { kind: 'raw', body, headers },
      { kind: 'raw', body, headers, pieceBytes: Math.ceil(body.length / 300) },
    );
    for (const _ of ['in one piece', 'in many']) {
      const answer = await scene.chat();
      expect(sha256(answer.body)).toBe(sha256(body));
      expect(answer.headers['content-type']).toBe(headers['content-type']);
      expect(answer.headers['content-length']).toBe(String(body.length));
    }
  });

  test('a body beyond what is held back', async () => {
    const scene = await stage();
    const body = wholeOf({ text: 'lorem ipsum ', chunks: 80, chunkBytes: 65_536 });
    expect(body.length).toBeGreaterThan(5_000_000);
    scene.simulator.script('key-one', { kind: 'raw', body, headers: { 'content-type': 'application/json' } });
    expect(sha256((await scene.chat()).body)).toBe(sha256(body));
  });

  test.each([false, true])('gzip, although nobody asked for it (stream: %s)', async (stream) => {
    const scene = await stage();
    const body = stream ? streamOf({ text: 'packed' }, {}) : wholeOf({ text: 'packed' });
    const type = stream ? 'text/event-stream' : 'application/json';
    scene.simulator.script('key-one', { kind: 'raw', body, gzip: true, headers: { 'content-type': type } });
    const answer = await scene.chat({ stream });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(sha256(answer.body)).toBe(sha256(gzipSync(body)));
    expect(generations(scene.simulator)[0]?.headers['accept-encoding']).toBe('identity');
  });
});

describe('what the upstream gets is what the client sent, byte for byte', () => {
  const spaced = (model: string, text: string): string =>
    `{ "messages" : [ {"role":"user", "content":${JSON.stringify(text)}} ],\n\t"n": 1.0, "seed":1e3,  "model" :  "${model}" ,"x":"\\u00e4\\/" }\r\n`;
  const megabyte = 'Grüße "\\ 世界 👋 '.repeat(50_000);
  const sdkLike = JSON.stringify({ ...HELLO, messages: [{ role: 'user', content: megabyte }] });

  test.each([
    ['spaced as no serialiser would', spaced(MODEL, 'Hello')],
    ['of 1 MB with the model at its end', spaced(MODEL, megabyte)],
    ['of 1 MB with the model at its beginning', sdkLike],
    ['with the model in escapes', spaced('gpt\\u002d5.5', 'Hello')],
  ])('a body %s', async (_name, body) => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.serverError());
    expect((await scene.post(body)).status).toBe(200);
    const bodies = generations(scene.simulator).map((call) => sha256(call.body));
    expect(bodies).toEqual([sha256(body), sha256(body)]);
  });

  test('but for the name of the model, where an alias asks for another', async () => {
    const settings = { models: { aliases: { quick: 'quicker', quicker: MODEL } } };
    const scene = await stage({ settings });
    for (const text of ['Hello "model" : "quick"', megabyte]) {
      expect((await scene.post(spaced('quick', text))).status).toBe(200);
      expect(generations(scene.simulator).at(-1)?.body).toBe(spaced(MODEL, text));
    }
  });

  test('but for the provider before the model', async () => {
    const scene = await stage();
    const provider = `sim-${new URL(scene.simulator.url).port}`;
    expect((await scene.post(spaced(`${provider}/${MODEL}`, 'Hello'))).status).toBe(200);
    expect(generations(scene.simulator).at(-1)?.body).toBe(spaced(MODEL, 'Hello'));
  });

  test('but for a model, where the request names none and the settings do', async () => {
    const scene = await stage({ settings: { models: { default: MODEL } } });
    expect((await scene.post('{ "messages":[{"role":"user","content":"Hi"}] }')).status).toBe(200);
    const sent = generations(scene.simulator).at(-1)?.body;
    expect(sent).toBe(`{"model":"${MODEL}", "messages":[{"role":"user","content":"Hi"}] }`);
  });

  test('in plain, where the client packed it', async () => {
    const scene = await stage();
    const body = spaced(MODEL, 'Hello');
    expect((await scene.post(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(generations(scene.simulator).at(-1)?.body).toBe(body);
  });
});

describe('headers', () => {
  test("of the client's own dealings with us stay here", async () => {
    const scene = await stage({ settings: { listen: { allowedOrigins: ['https://app.example.com'] } } });
    const answer = await scene.chat(
      {},
      {
        cookie: 'session=1',
        origin: 'https://app.example.com',
        referer: 'https://app.example.com/chat',
        'x-forwarded-for': '10.0.0.1',
        forwarded: 'for=10.0.0.1',
        via: '1.1 somewhere',
        te: 'trailers',
        'proxy-authorization': 'Basic eDp5',
        'x-rota-account': 'two',
        'user-agent': 'some-client/1.0',
        'accept-encoding': 'gzip, br',
        'openai-beta': 'assistants=v2',
      },
    );
    expect(answer.status).toBe(200);
    const [call] = generations(scene.simulator);
    expect(call?.headers).toMatchObject({
      authorization: 'Bearer key-one',
      'user-agent': 'rota/test',
      'accept-encoding': 'identity',
      'openai-beta': 'assistants=v2',
    });
    expect(JSON.stringify(call?.headers)).not.toContain(scene.rota.key);
    for (const name of ['cookie', 'origin', 'referer', 'x-forwarded-for', 'x-rota-account']) {
      expect(call?.headers).not.toHaveProperty(name);
    }
  });

  test.each([false, true])(
    "of the account's own state go under names of ours (stream: %s)",
    async (stream) => {
      const scene = await stage();
      const headers = {
        'set-cookie': 'a=b',
        'x-ratelimit-remaining-requests': '7',
        'x-vendor': 'kept',
        'x-rota-account': 'forged',
        'access-control-allow-origin': '*',
        'strict-transport-security': 'max-age=1',
      };
      scene.simulator.script('key-one', faults.answer({ headers }));
      const answer = await scene.chat({ stream });
      expect(answer.headers).toMatchObject({
        'x-vendor': 'kept',
        'x-rota-account': 'one',
        'x-rota-attempts': '1',
        'x-rota-upstream-ratelimit-remaining-requests': '7',
      });
      expect(answer.headers['x-request-id']).toMatch(/^req_[\da-z]{13,}$/u);
      expect(answer.headers['x-rota-upstream-request-id']).toMatch(/^req_sim_/u);
      const dropped = [
        'set-cookie',
        'x-ratelimit-remaining-requests',
        'access-control-allow-origin',
        'strict-transport-security',
      ];
      for (const name of dropped) expect(answer.headers).not.toHaveProperty(name);
    },
  );

  test('a label that is not plain ASCII is percent-encoded', async () => {
    const scene = await stage({ accounts: ['büro & co', 'two'] });
    const { headers } = await scene.chat();
    expect(decodeURIComponent(String(headers['x-rota-account']))).toBe('büro & co');
    expect(headers['x-rota-account']).toMatch(/^[\x21-\x7e]+$/u);
  });
});
