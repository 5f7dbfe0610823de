import { describe, expect, it } from 'vitest';
import { vertexClaude } from '../../src/providers/vertex-claude.ts';
import { startOneAccount } from '../contract/one-account.ts';

const MODELS = '/v1/projects/my-project/locations/global/publishers/anthropic/models';
const events = [
  {
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'c', content: [], usage: {} },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Yes.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
];
const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

/** A daemon whose one account is Claude on Vertex AI, at a stand-in on this machine. */
async function scene() {
  const values = { project: 'my-project', location: 'global' };
  const { id } = vertexClaude;
  const { rota, server } = await startOneAccount({
    provider: id,
    endpoint: { id, kind: id, baseUrl: vertexClaude.baseUrl?.(values) ?? '', values },
    key: 'token',
    answer({ method, path }) {
      if (method === 'GET') {
        return { body: { publisherModels: [{ name: 'publishers/anthropic/models/claude-opus-5-5' }] } };
      }
      if (path.endsWith(':streamRawPredict')) {
        return { headers: { 'content-type': 'text/event-stream' }, body: stream };
      }
      return path === `${MODELS}/count-tokens:rawPredict`
        ? { body: { input_tokens: 7 } }
        : { status: 404, body: {} };
    },
  });
  const ask = async (path: string, body: object) => {
    const answer = await fetch(rota.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const sent = () => {
    const { path, body } = server.requests.findLast(({ method }) => method === 'POST') ?? {
      path: '',
      body: '{}',
    };
    return { path, body: JSON.parse(body) as Record<string, unknown> };
  };
  return { ask, sent };
}

const messages = [{ role: 'user', content: 'Hi' }];
const version = { anthropic_version: 'vertex-2023-10-16' };

describe('Claude on Vertex AI', () => {
  it('streams at an address of its own, and the bytes come back as they are', async () => {
    const { ask, sent } = await scene();
    const answer = await ask('/v1/messages', {
      model: 'claude-opus-5-5',
      stream: true,
      max_tokens: 9,
      messages,
    });
    expect(answer).toEqual({ status: 200, text: stream });
    expect(sent()).toEqual({
      path: `${MODELS}/claude-opus-5-5:streamRawPredict`,
      body: { stream: true, max_tokens: 9, messages, ...version },
    });
  });

  it('is spoken to in translation, too', async () => {
    const { ask, sent } = await scene();
    const answer = await ask('/v1/chat/completions', {
      model: 'vertex-claude/claude-opus-5-5',
      stream: true,
      messages,
    });
    expect(answer.text).toContain('Yes.');
    const { path, body } = sent();
    expect(path).toBe(`${MODELS}/claude-opus-5-5:streamRawPredict`);
    expect(body).toMatchObject({ stream: true, ...version });
    expect(body).not.toHaveProperty('model');
  });

  it('counts', async () => {
    const { ask, sent } = await scene();
    const answer = await ask('/v1/messages/count_tokens', { model: 'claude-opus-5-5', messages });
    expect(answer).toEqual({ status: 200, text: '{"input_tokens":7}' });
    expect(sent().body).toEqual({ model: 'claude-opus-5-5', messages, ...version });
  });
});
