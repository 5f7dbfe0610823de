import { describe, expect, it } from 'vitest';
import type { ModelFacts } from '../chat/model-facts.ts';
import { anthropicMessagesTranslator as messages } from './anthropic-messages/translator.ts';
import { geminiTranslator as gemini } from './gemini/translator.ts';
import { openaiChatTranslator as chat } from './openai-chat/translator.ts';
import { responsesTranslator as responses } from './openai-responses/translator.ts';
import type { Translator } from './translator.ts';

const table: readonly (readonly [Translator, string, ModelFacts])[] = [
  [messages, 'claude-3-haiku-20240307', { maxOutputTokens: 4096, thinking: { styles: [] } }],
  [messages, 'claude-3-5-haiku-20241022', { maxOutputTokens: 8192, thinking: { styles: [] } }],
  [messages, 'claude-3-7-sonnet-latest', { sampling: true, thinking: { styles: ['budget', 'off'] } }],
  [messages, 'claude-opus-4-1-20250805', { maxOutputTokens: 32_000, structuredOutput: false }],
  [messages, 'claude-sonnet-4-20250514', { maxOutputTokens: 64_000, structuredOutput: false }],
  [messages, 'claude-sonnet-4-5@20250929', { sampling: true, structuredOutput: true }],
  [messages, 'us.anthropic.claude-haiku-4-5-20251001-v1:0', { thinking: { styles: ['budget', 'off'] } }],
  [messages, 'anthropic/claude-opus-4.6', { sampling: true, thinking: { styles: ['effort', 'off'] } }],
  [messages, 'claude-opus-4-8', { sampling: false, thinking: { styles: ['effort', 'off'] } }],
  [messages, 'claude-sonnet-5', { thinking: { styles: ['effort', 'off'] } }],
  [
    messages,
    'claude-sonnet-5-5',
    {
      forcedToolChoice: false,
      thinking: { styles: ['effort', 'between-tools'], efforts: ['low', 'medium', 'high'] },
    },
  ],
  [messages, 'claude-fable-5-1', { thinking: { styles: ['effort'] } }],
  [messages, 'claude-opus-5-5', { forcedToolChoice: false, thinking: { styles: ['effort'] } }],
  [messages, 'claude-haiku-5-5', { forcedToolChoice: false, thinking: { styles: ['effort', 'off'] } }],
  [messages, 'glm-4.7', { sampling: true }],
  [chat, 'gpt-5.6', { sampling: false, stopSequences: false, effortWithTools: false }],
  [chat, 'gpt-5.1', { sampling: false, effortWithTools: true }],
  [chat, 'openai/o4-mini', { sampling: false, stopSequences: false }],
  [chat, 'gpt-4.1', { thinking: { styles: [] } }],
  [chat, 'gpt-5-chat-latest', { thinking: { styles: [] } }],
  [chat, 'openai/gpt-oss-120b', { outputLimitName: 'max_tokens', hints: false }],
  [chat, 'qwen3-coder', { outputLimitName: 'max_tokens', hints: false }],
  [responses, 'gpt-5.3-codex', { thinking: { styles: ['effort', 'off'], isUsual: true } }],
  [responses, 'phi-4', { hints: false }],
  [gemini, 'gemini-2.0-flash', { thinking: { styles: [] }, jsonOutputWithTools: false }],
  [
    gemini,
    'models/gemini-2.5-pro',
    { functionResponseParts: false, thinking: { styles: ['budget'], minBudget: 128, maxBudget: 32_768 } },
  ],
];

describe('what is known of a model by its name', () => {
  it.each(table)('$name: %s', (translator, model, facts) => {
    expect(translator.factsOf(model)).toMatchObject(facts);
  });

  it.each([
    [messages, 'claude'],
    [messages, 'claude-next'],
    [gemini, 'gemini-3.5-flash'],
    [gemini, 'gemini-4-pro'],
  ] as const)('is nothing of one that is newer: %s %s', (translator, model) => {
    expect(translator.factsOf(model)).toEqual({});
  });
});
