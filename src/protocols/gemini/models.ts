import { given } from '../json-value.ts';
import type { ListedModel } from '../protocol.ts';

/** ai.google.dev/api/models */
export function encodeModel({ id, contextTokens, maxOutputTokens }: ListedModel): object {
  return {
    name: `models/${id}`,
    version: '',
    displayName: id,
    ...given({ inputTokenLimit: contextTokens, outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
}

export function encodeModelList(models: readonly ListedModel[]): object {
  return { models: models.map(encodeModel) };
}
