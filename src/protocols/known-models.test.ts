import { describe, expect, it } from 'vitest';
import { plainRequest } from '../../test/translation/plain-request.ts';
import type { ChatRequest } from '../chat/request.ts';
import { anthropicMessagesTranslator as messages } from './anthropic-messages/translator.ts';
import { geminiTranslator as gemini } from './gemini/translator.ts';
import { openaiChatTranslator as chat } from './openai-chat/translator.ts';
import { responsesTranslator as responses } from './openai-responses/translator.ts';
import type { EncodeTarget, Translator } from './translator.ts';

/** What a model is asked, by what is known of its name. */
function encode(
  translator: Translator,
  model: string,
  more: Partial<ChatRequest>,
  target: Partial<EncodeTarget> = {},
) {
  const facts = translator.factsOf(model);
  const to = { model, facts, reasoningState: 'foreign', ...target } as const;
  const { body, dropped, restoration } = translator.encodeRequest({ ...plainRequest, ...more }, to);
  return { body: JSON.parse(body) as Record<string, unknown>, dropped, cutAt: restoration.cutAt };
}

describe('a tool that must be called', () => {
  const tools = [{ kind: 'function', name: 'f' }] as const;
  const named = { mode: 'named', tool: { name: 'f' } } as const;
  const allowed = { mode: 'allowed', must: 'required', tools: [{ name: 'f' }] } as const;
  const disabled = { type: 'disabled' };
  it.each<[string, ChatRequest['toolChoice'] & object, object, object | undefined]>([
    ['claude-3-5-haiku-20241022', named, { type: 'tool', name: 'f' }, undefined],
    ['claude-sonnet-5', named, { type: 'tool', name: 'f' }, disabled],
    ['claude-sonnet-5', allowed, { type: 'any' }, disabled],
    ['claude-opus-5-5', named, { type: 'auto' }, undefined],
    ['claude-haiku-5-5', named, { type: 'auto' }, undefined],
  ])('is asked of %s as it can be', (model, toolChoice, choice, thinking) => {
    const { body } = encode(messages, model, { tools, toolChoice });
    expect([body.tool_choice, body.thinking]).toEqual([choice, thinking]);
  });
});

describe('a model that cannot think', () => {
  it.each([
    [messages, 'claude-3-5-haiku-20241022', 'reasoning effort'],
    [gemini, 'gemini-2.0-flash', 'reasoning effort'],
    [chat, 'gpt-4.1', 'reasoning_effort'],
    [responses, 'gpt-4.1', 'reasoning effort'],
  ] as const)('is not asked to, nor to end it: $name %s', (translator, model, name) => {
    const plain = encode(translator, model, {}).body;
    const high = encode(translator, model, { reasoning: { effort: 'high', visible: true } });
    expect([high.body, high.dropped]).toEqual([plain, [{ name }]]);
    const none = encode(translator, model, { reasoning: { effort: 'none' } });
    expect([none.body, none.dropped]).toEqual([plain, []]);
  });
});

describe('an effort that a model does not take', () => {
  it.each([
    ['o4-mini', 'none', 'low'],
    ['openai/o3', 'xhigh', 'high'],
    ['gpt-5', 'none', 'minimal'],
    ['gpt-5-mini', 'max', 'high'],
    ['gpt-5-codex', 'minimal', 'low'],
    ['gpt-5-pro', 'low', 'high'],
    ['gpt-5.1', 'minimal', 'none'],
    ['gpt-5.1', 'none', 'none'],
    ['gpt-5.1-codex', 'xhigh', 'high'],
    ['gpt-5.1-codex-max', 'max', 'xhigh'],
    ['gpt-5.2-pro', 'low', 'medium'],
    ['gpt-5.3-codex', 'none', 'low'],
    ['gpt-5.5', 'max', 'xhigh'],
    ['gpt-5.5', 'none', 'none'],
    ['gpt-5.6', 'max', 'max'],
    ['gpt-5.6', 'minimal', 'none'],
    ['gpt-6.1-sol', 'xhigh', 'xhigh'],
  ] as const)('becomes the nearest that %s takes: %s', (model, effort, sent) => {
    const dropped = (name: string) => (sent === effort ? [] : [{ name, instead: sent }]);
    const byChat = encode(chat, model, { reasoning: { effort } });
    expect([byChat.body.reasoning_effort, byChat.dropped]).toEqual([sent, dropped('reasoning_effort')]);
    const byResponses = encode(responses, model, { reasoning: { effort } });
    expect(byResponses.body.reasoning).toEqual({ effort: sent });
    expect(byResponses.dropped).toEqual(dropped('reasoning effort'));
  });
});

describe('a model that thinks', () => {
  it('is not asked for a temperature; what is usual is no loss', () => {
    for (const translator of [chat, responses]) {
      const { body, dropped } = encode(translator, 'gpt-5.6', { sampling: { temperature: 0.5, topP: 1 } });
      expect([body.temperature, body.top_p, dropped]).toEqual([
        undefined,
        undefined,
        [{ name: 'temperature' }],
      ]);
    }
  });

  it('is not asked for stops, at which the text is cut instead', () => {
    const { body, dropped, cutAt } = encode(chat, 'o4-mini', { stopSequences: ['END'] });
    expect(body).not.toHaveProperty('stop');
    expect([cutAt, dropped]).toMatchObject([['END'], [{ name: 'stop' }]]);
  });

  it('is asked for its state also where nobody asked it to think', () => {
    const include = ['reasoning.encrypted_content'];
    expect(encode(responses, 'gpt-5.6', {}).body).toMatchObject({ include });
    expect(encode(responses, 'gpt-4.1', {}).body).not.toHaveProperty('include');
  });
});

describe('a server that only resembles OpenAI’s', () => {
  const hints = { cacheKey: 'k', endUserId: 'u', metadata: { a: 'b' }, verbosity: 'low' };
  const names = ['metadata', 'prompt_cache_key', 'safety_identifier', 'verbosity'];

  it('is spared what it does not know, and asked in the older word', () => {
    const request = { ...hints, maxOutputTokens: 99 };
    const known = encode(chat, 'openai/gpt-5.6', request);
    expect([known.body, known.dropped]).toMatchObject([{ max_completion_tokens: 99, verbosity: 'low' }, []]);
    const unknown = encode(chat, 'mistral-large-latest', request);
    expect(Object.keys(unknown.body)).toEqual(['model', 'messages', 'max_tokens']);
    expect(unknown.dropped.map(({ name }) => name).toSorted()).toEqual(names);
  });

  it('has no key for its cache; others have the client’s, or one made of the conversation', () => {
    const target = { keysConversation: true };
    for (const translator of [chat, responses]) {
      const keyOf = (model: string, more: object) =>
        encode(translator, model, more, target).body.prompt_cache_key;
      expect(keyOf('gpt-5.6', {})).toMatch(/^[0-9a-f]{32}$/);
      expect(keyOf('gpt-5.6', { cacheKey: 'k' })).toBe('k');
      const unknown = encode(translator, 'phi-4', {}, target);
      expect([unknown.body.prompt_cache_key, unknown.dropped]).toEqual([undefined, []]);
    }
  });
});
