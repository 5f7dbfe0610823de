import type { EndpointKind } from './endpoint-kind.ts';
import { projectValue } from './google-project.ts';
import { fieldsOf, textOf } from './json-fields.ts';
import { parseOpenAiModels } from './models.ts';
import type { Model, ModelList } from './provider.ts';

/** What every endpoint of Vertex AI depends on. */
export const vertexValues: EndpointKind['values'] = [
  projectValue,
  {
    name: 'location',
    question: 'Location',
    pattern: /^(?:global|us|eu|[a-z]+-[a-z]+\d+)$/,
    example: 'europe-west4',
    usual: 'global',
  },
];

/** Prints a token for the person; for the machine there is `gcloud auth application-default print-access-token`. */
export const vertexTool = ['gcloud', 'auth', 'print-access-token'];

/** Where all that a project has in a location lies (docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations). */
export function vertexAddress({ project = '', location = '' }: Readonly<Record<string, string>>): string {
  return `https://${hostOf(location)}.googleapis.com/v1/projects/${project}/locations/${location}`;
}

function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform';
  // The two that are of several regions.
  return location.includes('-') ? `${location}-aiplatform` : `aiplatform.${location}.rep`;
}

/**
 * The models of a publisher (cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list):
 * `{publisherModels: [{name: "publishers/…/models/…"}]}`.
 * @param prefix what requests put before a model's name
 */
export function publisherModels(label: string, publisher: string, protocol: string, prefix = ''): ModelList {
  return {
    url: `https://aiplatform.googleapis.com/v1beta1/publishers/${publisher}/models?pageSize=300`,
    protocol,
    optional: true,
    parse(body): readonly Model[] {
      const list = fieldsOf(body)['publisherModels'];
      const data = Array.isArray(list)
        ? list.map((entry) => ({
            id: textOf(fieldsOf(entry)['name'])?.replace(/^publishers\/[^/]+\/models\//, prefix),
          }))
        : list;
      return parseOpenAiModels(label, { data: data ?? 'none' });
    },
  };
}
