import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import type { EndpointKind } from './endpoint-kind.ts';
import { identifyByClaims } from './from-settings.ts';
import { googleSignIn } from './google-sign-in.ts';
import { googleRows } from './google-signals.ts';
import { fieldsOf, textOf } from './json-fields.ts';
import { parseOpenAiModels } from './models.ts';
import type { Model } from './provider.ts';

const PROJECT = /^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/;
const LIST = 'https://aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=300';

/**
 * cloud.google.com/vertex-ai/generative-ai/docs/start/openai, cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list.
 * The token is printed by `gcloud`, for the person or for the machine (`gcloud auth application-default print-access-token`).
 */
export const vertex: EndpointKind = {
  id: 'vertex',
  label: 'Vertex AI',
  values: [
    { name: 'project', question: 'Google Cloud project', pattern: PROJECT, example: 'my-project' },
    {
      name: 'location',
      question: 'Location',
      pattern: /^(?:global|[a-z]+-[a-z]+\d+)$/,
      example: 'europe-west4',
      usual: 'global',
    },
  ],
  baseUrl({ project = '', location = '' }) {
    const host = location === 'global' ? 'aiplatform' : `${location}-aiplatform`;
    return `https://${host}.googleapis.com/v1/projects/${project}/locations/${location}/endpoints/openapi`;
  },
  make: ({ id, label = 'Vertex AI', baseUrl, values }) => ({
    id,
    label,
    protocols: { 'openai-chat': baseUrl },
    login: [{ kind: 'command', argv: ['gcloud', 'auth', 'print-access-token'] }, googleSignIn],
    // The project that pays is not the one that the token is from.
    authorize: (_protocol, secret) =>
      secret.isEmpty ? {} : { ...bearer(secret), 'x-goog-user-project': values?.['project'] ?? '' },
    modelList: { url: LIST, protocol: 'openai-chat', optional: true, parse: parsePublisherModels },
    identify: identifyByClaims,
    classify: (answer) => classifyWith([...googleRows, throttlePerModel], answer),
    terms: {
      kind: 'restricted',
      note: 'Google does not allow its quotas to be got round with several projects or accounts.',
      link: 'https://developers.google.com/terms',
      checked: '2026-11-20',
    },
  }),
};

/** `{publisherModels: [{name: "publishers/google/models/…"}]}`; the protocol calls the same model `google/…`. */
function parsePublisherModels(body: unknown): readonly Model[] {
  const list = fieldsOf(body)['publisherModels'];
  const data = Array.isArray(list)
    ? list.map((entry) => ({
        id: textOf(fieldsOf(entry)['name'])?.replace(/^publishers\/([^/]+)\/models\//, '$1/'),
      }))
    : list;
  return parseOpenAiModels('Vertex AI', { data: data ?? 'none' });
}
