import type { ListedModel } from './protocol.ts';

/** OpenAI's model list (platform.openai.com/docs/api-reference/models). */
export function encodeOpenAiModel({ id, created, ownedBy }: ListedModel): object {
  return { id, object: 'model', created, owned_by: ownedBy };
}

export function encodeOpenAiModelList(models: readonly ListedModel[]): object {
  return { object: 'list', data: models.map(encodeOpenAiModel) };
}
