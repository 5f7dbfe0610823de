import { RotaError } from '../failure.ts';
import { fieldsOf, objectsOf, textOf, type Fields } from './json-fields.ts';
import type { Model } from './provider.ts';

/**
 * Reads OpenAI's list, `{data: [{id, owned_by, created}]}`. Some local servers send `data: null` while they have no model. Some
 * vendors say more: `max_completion_tokens` and `context_window` (console.groq.com/docs/api-reference); `context_length`,
 * `architecture.input_modalities` and `top_provider` (openrouter.ai/docs/api/api-reference/models); `max_context_length`
 * (docs.mistral.ai/api, Models); `max_model_len` (vLLM).
 */
export function parseOpenAiModels(label: string, body: unknown): readonly Model[] {
  const data = fieldsOf(body)['data'];
  if (data === null) return [];
  return listed(label, data).flatMap((entry) =>
    model(entry['id'], {
      ownedBy: textOf(entry['owned_by']),
      created: entry['created'],
      maxOutputTokens:
        entry['max_completion_tokens'] ?? fieldsOf(entry['top_provider'])['max_completion_tokens'],
      contextTokens:
        entry['context_length'] ??
        entry['context_window'] ??
        entry['max_context_length'] ??
        entry['max_model_len'],
      inputs: fieldsOf(entry['architecture'])['input_modalities'],
    }),
  );
}

/** Reads Anthropic's list, `{data: [{id, display_name, created_at, max_input_tokens, max_tokens}]}` with `created_at` in RFC 3339. */
export function parseAnthropicModels(label: string, body: unknown): readonly Model[] {
  return listed(label, fieldsOf(body)['data']).flatMap((entry) =>
    model(entry['id'], {
      created: Date.parse(textOf(entry['created_at']) ?? '') / 1000,
      maxOutputTokens: entry['max_tokens'],
      contextTokens: entry['max_input_tokens'],
    }),
  );
}

/**
 * Reads Gemini's list, `{models: [{name: "models/…", inputTokenLimit, outputTokenLimit, supportedGenerationMethods}]}`: only
 * those that generate content (there are also some that embed or draw), named as requests name them, without `models/`.
 */
export function parseGeminiModels(label: string, body: unknown): readonly Model[] {
  return listed(label, fieldsOf(body)['models'])
    .filter(generatesContent)
    .flatMap((entry) =>
      model(textOf(entry['name'])?.replace(/^models\//, ''), {
        maxOutputTokens: entry['outputTokenLimit'],
        contextTokens: entry['inputTokenLimit'],
      }),
    );
}

function generatesContent(entry: Fields): boolean {
  const methods = entry['supportedGenerationMethods'];
  return Array.isArray(methods) && methods.includes('generateContent');
}

/** @throws RotaError `refused-by-provider` where there is no list at all; an odd entry is only left out. */
function listed(label: string, list: unknown): readonly Fields[] {
  if (Array.isArray(list)) return objectsOf(list);
  throw new RotaError({
    kind: 'refused-by-provider',
    status: 200,
    message:
      `${label} answered the question for its models in a form that is not known here. ` +
      'Check its base URL, or name its models in the settings under "models".',
  });
}

interface Said {
  readonly ownedBy?: string | undefined;
  readonly created?: unknown;
  readonly maxOutputTokens?: unknown;
  readonly contextTokens?: unknown;
  readonly inputs?: unknown;
}

/** Later than any model was made, in seconds: what is larger was meant in milliseconds, as one vendor has it. */
const IN_MILLISECONDS = 1e11;

function model(id: unknown, { ownedBy, created, maxOutputTokens, contextTokens, inputs }: Said): Model[] {
  const name = textOf(id);
  if (name === undefined) return [];
  const made = wholeNumber(created);
  const most = wholeNumber(maxOutputTokens);
  const context = wholeNumber(contextTokens);
  return [
    {
      id: name,
      ...(ownedBy !== undefined && { ownedBy }),
      ...(made !== undefined && { created: made > IN_MILLISECONDS ? Math.floor(made / 1000) : made }),
      ...(most !== undefined && { maxOutputTokens: most }),
      ...(context !== undefined && { contextTokens: context }),
      ...(Array.isArray(inputs) && { inputs: inputs.filter((input) => typeof input === 'string') }),
    },
  ];
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 1 ? Math.floor(value) : undefined;
}
