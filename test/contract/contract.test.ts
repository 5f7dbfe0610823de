import { describe, expect, it } from 'vitest';
import { builtInProviders, endpointKinds } from '../../src/providers/registry.ts';
import type { Contract, ExpectedCall } from './contract.ts';
import { endpointOf, providerOf, readContracts, refusalOf } from './contract.ts';
import { startOneAccount } from './one-account.ts';

const contracts = readContracts();
const KEY = 'key-0123456789abcdef';

/** One question in each protocol, and the least answer that has content. */
const exchanges: Readonly<Record<string, { path(model: string): string; body: object; answer: object }>> = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    body: { messages: [{ role: 'user', content: 'Hi' }] },
    answer: {
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    },
  },
  'openai-responses': {
    path: () => '/v1/responses',
    body: { input: 'Hi' },
    answer: {
      object: 'response',
      id: 'resp_1',
      status: 'completed',
      output: [
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Yes.', annotations: [] }],
        },
      ],
    },
  },
  'anthropic-messages': {
    path: () => '/v1/messages',
    body: { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    answer: {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Yes.' }],
      stop_reason: 'end_turn',
    },
  },
  gemini: {
    path: (model) => `/v1beta/models/${model}:generateContent`,
    body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    answer: { candidates: [{ content: { role: 'model', parts: [{ text: 'Yes.' }] }, finishReason: 'STOP' }] },
  },
};

/** A daemon with one account of the contract's provider, whose calls all arrive at a stand-in on this machine. */
async function scene(contract: Contract) {
  const state = { refuses: false };
  const listPath = new URL(contract.models.url).pathname;
  const answers = Object.entries(contract.calls).map(
    ([protocol, { url }]) => [new URL(url).pathname, exchanges[protocol]?.answer] as const,
  );
  const { rota, upstream } = await startOneAccount({
    provider: contract.provider,
    endpoint: endpointOf(contract),
    key: KEY,
    answer({ method, path }) {
      const { pathname } = new URL(path, 'http://x');
      if (state.refuses) return { ...refusalOf(contract), body: refusalOf(contract).body as object };
      if (method === 'GET' && pathname === listPath) return { body: contract.models.body as object };
      const body = new Map(answers).get(pathname);
      return body === undefined ? { status: 404 } : { body };
    },
  });
  const ask = (protocol: string, headers: Record<string, string> = {}) => {
    const [model = ''] = contract.models.ids;
    const { path, body } = exchanges[protocol] ?? { path: () => '', body: {} };
    return fetch(rota.url + path(model), {
      method: 'POST',
      headers: { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model, ...body }),
    });
  };
  return { state, upstream, rota, ask };
}

/** The call as it was sent, with the credential named `KEY`, and only the headers that are expected. */
function asExpected(
  expected: ExpectedCall,
  sent: { url: string; headers: Record<string, string> } | undefined,
) {
  const headers = Object.entries(sent?.headers ?? {}).map(
    ([name, value]) => [name, value.replace(KEY, 'KEY')] as const,
  );
  const bearing = headers.filter(([name, value]) => name in expected.headers || value.includes('KEY'));
  return { url: sent?.url, headers: Object.fromEntries(bearing) };
}

describe('the contracts', () => {
  it('are there for every provider and every kind of endpoint, with all of its protocols', () => {
    const ids = [...builtInProviders, ...endpointKinds].map(({ id }) => id);
    expect(contracts.map(({ provider }) => provider).toSorted()).toEqual(ids.toSorted());
    for (const contract of contracts) {
      expect(Object.keys(contract.calls).toSorted(), contract.provider).toEqual(
        Object.keys(providerOf(contract).protocols).toSorted(),
      );
    }
  });
});

describe.each(contracts)('$provider', (contract) => {
  it('is asked for its models, and has those that its list names', async () => {
    const { rota, upstream } = await scene(contract);
    const listed = async () => {
      const answer = await fetch(`${rota.url}/v1/models`, {
        headers: { authorization: `Bearer ${rota.key}` },
      });
      const { data } = (await answer.json()) as { data: readonly { id: string }[] };
      return data.map(({ id }) => id).toSorted();
    };
    await expect.poll(listed).toEqual(contract.models.ids.toSorted());
    const { url, headers } = contract.models;
    const asked = upstream.sent.find(({ method }) => method === 'GET');
    expect(asExpected(contract.models, asked)).toEqual({ url, headers });
  });

  it('is sent a chat of each of its protocols at its address, with its credential and our own name', async () => {
    const { ask, upstream } = await scene(contract);
    for (const [protocol, call] of Object.entries(contract.calls)) {
      const answer = await ask(protocol, { 'user-agent': 'a-client/1.0' });
      expect(answer.status, await answer.text()).toBe(200);
      const sent = upstream.sent.findLast(({ method }) => method === 'POST');
      expect(asExpected(call, sent)).toEqual({ url: call.url, headers: call.headers });
      expect(sent?.headers['user-agent']).toMatch(/rota\/test/);
      const body = JSON.parse(sent?.body?.toString() ?? '') as unknown;
      const own = { model: contract.models.ids[0], ...exchanges[protocol]?.body };
      expect(body).toEqual(call.body ?? own);
    }
  });

  it('is understood where it refuses the credential: the client is told to sign in, and nobody asks again', async () => {
    const { ask, state, upstream } = await scene(contract);
    const [protocol = ''] = Object.keys(contract.calls);
    state.refuses = true;
    const answer = await ask(protocol);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain(`proxy login ${contract.provider}`);
    const asked = upstream.sent.filter(({ method }) => method === 'POST').length;
    expect((await ask(protocol)).status).toBe(403);
    expect(upstream.sent.filter(({ method }) => method === 'POST')).toHaveLength(asked);
  });
});
