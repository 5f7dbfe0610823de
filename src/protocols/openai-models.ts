import { given } from './json-value.ts';
import type { ListedModel } from './protocol.ts';

/**
 * OpenAI's model list (platform.openai.com/docs/api-reference/models), which says nothing of what a model takes; those
 * members are as OpenRouter and Groq call them, where clients look for them.
 */
export function encodeOpenAiModel(model: ListedModel): object {
  const { id, created, ownedBy, contextTokens, maxOutputTokens, inputs } = model;
  return {
    id,
    object: 'model',
    created,
    owned_by: ownedBy,
    ...given({ context_length: contextTokens, max_completion_tokens: maxOutputTokens }),
    ...(inputs ? { architecture: { input_modalities: inputs } } : {}),
  };
}

export function encodeOpenAiModelList(models: readonly ListedModel[]): object {
  return { object: 'list', data: models.map(encodeOpenAiModel) };
}
