import { RotaError } from '../failure.ts';
import { fieldsOf, objectsOf, textOf, type Fields } from './json-fields.ts';
import type { Model } from './provider.ts';

/** Reads OpenAI's list, `{data: [{id, owned_by, created}]}`. Some local servers send `data: null` while they have no model. */
export function parseOpenAiModels(label: string, body: unknown): readonly Model[] {
  const data = fieldsOf(body)['data'];
  if (data === null) return [];
  return listed(label, data).flatMap((entry) =>
    model(entry['id'], textOf(entry['owned_by']), entry['created']),
  );
}

/** Reads Anthropic's list, `{data: [{id, display_name, created_at}]}` with `created_at` in RFC 3339. */
export function parseAnthropicModels(label: string, body: unknown): readonly Model[] {
  return listed(label, fieldsOf(body)['data']).flatMap((entry) =>
    model(entry['id'], undefined, Date.parse(textOf(entry['created_at']) ?? '') / 1000),
  );
}

/**
 * Reads Gemini's list, `{models: [{name: "models/…", supportedGenerationMethods}]}`: only those that generate content (there are
 * also some that embed or draw), named as requests name them, without `models/`.
 */
export function parseGeminiModels(label: string, body: unknown): readonly Model[] {
  return listed(label, fieldsOf(body)['models'])
    .filter(generatesContent)
    .flatMap((entry) => model(textOf(entry['name'])?.replace(/^models\//, ''), undefined, undefined));
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

function model(id: unknown, ownedBy: string | undefined, created: unknown): Model[] {
  const name = textOf(id);
  if (name === undefined) return [];
  const seconds = typeof created === 'number' && created > 0 ? Math.floor(created) : undefined;
  return [
    {
      id: name,
      ...(ownedBy === undefined ? {} : { ownedBy }),
      ...(seconds === undefined ? {} : { created: seconds }),
    },
  ];
}
