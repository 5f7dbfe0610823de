import type { Vendor } from './behaviour.ts';

/** 2025-08-07, for every model. */
const CREATED_SECONDS = 1_754_524_800;

/** How lists look: as one vendor has them, or a vendor's second place. */
export type ListShape = Vendor | 'publisher';

/** One vendor's model list, page by page where the vendor has pages; undefined where the one model is not in it. */
export function modelList(
  shape: ListShape,
  models: readonly string[],
  query: URLSearchParams,
  modelId?: string,
): object | undefined {
  if (modelId !== undefined) {
    const id = modelId.replace(/^models\//u, '');
    return models.includes(id) ? oneModel(shape, id) : undefined;
  }
  return LISTS[shape](models, query);
}

type List = (models: readonly string[], query: URLSearchParams) => object;

const LISTS: Readonly<Record<ListShape, List>> = {
  openai: (models) => ({ object: 'list', data: models.map((id) => oneModel('openai', id)) }),
  openrouter: (models) => ({ data: models.map((id) => oneModel('openrouter', id)) }),
  anthropic: (models, query) => {
    const after = query.get('after_id');
    const from = after === null ? 0 : models.indexOf(after) + 1;
    const page = models.slice(from, from + Number(query.get('limit') ?? 20));
    return {
      data: page.map((id) => oneModel('anthropic', id)),
      has_more: from + page.length < models.length,
      first_id: page[0] ?? null,
      last_id: page.at(-1) ?? null,
    };
  },
  gemini: (models, query) => {
    const from = Number(query.get('pageToken') ?? 0);
    const next = from + Number(query.get('pageSize') ?? 50);
    return {
      models: models.slice(from, next).map((id) => oneModel('gemini', id)),
      ...(next < models.length ? { nextPageToken: String(next) } : {}),
    };
  },
  publisher: (models) => ({ publisherModels: models.map((id) => oneModel('publisher', id)) }),
};

/** The members a reader may meet, from each vendor's own API reference. */
function oneModel(shape: ListShape, id: string): object {
  return MODELS[shape](id);
}

const MODELS: Readonly<Record<ListShape, (id: string) => object>> = {
  publisher: (id) => ({ name: `publishers/google/models/${id}`, versionId: '001', launchStage: 'GA' }),
  openai: (id) => ({ id, object: 'model', created: CREATED_SECONDS, owned_by: 'simulated' }),
  openrouter: (id) => ({
    id,
    canonical_slug: id,
    name: id,
    created: CREATED_SECONDS,
    description: 'A simulated model.',
    context_length: 400_000,
    architecture: {
      modality: 'text+image->text',
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      tokenizer: 'GPT',
      instruct_type: null,
    },
    pricing: { prompt: '0.000001', completion: '0.000002', request: '0', image: '0' },
    top_provider: { context_length: 400_000, max_completion_tokens: 128_000, is_moderated: false },
    per_request_limits: null,
    supported_parameters: ['max_tokens', 'temperature', 'tools', 'tool_choice'],
  }),
  anthropic: (id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(CREATED_SECONDS * 1000).toISOString(),
    max_input_tokens: 200_000,
    max_tokens: 64_000,
  }),
  gemini: (id) => ({
    name: `models/${id}`,
    version: '001',
    displayName: id,
    description: 'A simulated model.',
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    thinking: true,
  }),
};
