import { describe, expect, it } from 'vitest';
import { startOneAccount } from '../contract/one-account.ts';

/** A daemon with one account of the Gemini API, whose list says how long the answers of `small` may be and nothing of `other`. */
async function scene() {
  const supportedGenerationMethods = ['generateContent'];
  const { rota, server } = await startOneAccount({
    provider: 'gemini',
    key: 'key',
    answer: ({ method }) => ({
      body:
        method === 'GET'
          ? {
              models: [
                { name: 'models/small', outputTokenLimit: 8192, supportedGenerationMethods },
                { name: 'models/other', supportedGenerationMethods },
              ],
            }
          : { candidates: [{ content: { role: 'model', parts: [{ text: 'Yes.' }] }, finishReason: 'STOP' }] },
    }),
  });
  await expect.poll(() => server.requests).not.toEqual([]);
  return async (model: string, maxTokens: number): Promise<unknown> => {
    const answer = await fetch(`${rota.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': rota.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: maxTokens, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    expect(answer.status, await answer.text()).toBe(200);
    const sent = server.requests.findLast(({ method }) => method === 'POST')?.body ?? '{}';
    return (JSON.parse(sent) as { generationConfig?: { maxOutputTokens?: unknown } }).generationConfig
      ?.maxOutputTokens;
  };
}

describe('a longer answer than the model gives', () => {
  it('is asked for as long as the provider’s list allows, where it is translated', async () => {
    const sentFor = await scene();
    expect(await sentFor('small', 100_000)).toBe(8192);
    expect(await sentFor('small', 1000)).toBe(1000);
    expect(await sentFor('other', 100_000)).toBe(100_000);
  });
});
