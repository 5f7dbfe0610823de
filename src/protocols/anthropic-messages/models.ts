import { given } from '../json-value.ts';
import type { ListedModel } from '../protocol.ts';

/** platform.claude.com/docs/en/api/models-list */
export function encodeModel({ id, created, contextTokens, maxOutputTokens }: ListedModel): object {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString(),
    ...given({ max_input_tokens: contextTokens, max_tokens: maxOutputTokens }),
  };
}

/** One page holds all, however few were asked for. */
export function encodeModelList(models: readonly ListedModel[]): object {
  return {
    data: models.map(encodeModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
