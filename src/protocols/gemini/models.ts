import type { ListedModel } from '../protocol.ts';

/** ai.google.dev/api/models. How much a model takes is not known here, and is left out. */
export function encodeModel({ id }: ListedModel): object {
  return {
    name: `models/${id}`,
    version: '',
    displayName: id,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
}

export function encodeModelList(models: readonly ListedModel[]): object {
  return { models: models.map(encodeModel) };
}
