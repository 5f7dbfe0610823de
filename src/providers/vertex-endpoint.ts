import type { SignInAnswer } from '../oauth/types.ts';
import type { Secret } from '../secret.ts';
import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import type { EndpointKind, NamedEndpoint } from './endpoint-kind.ts';
import { identifyByClaims } from './from-settings.ts';
import { googleSignIn } from './google-sign-in.ts';
import { googleRows } from './google-signals.ts';
import { fieldsOf, textOf } from './json-fields.ts';
import { parseOpenAiModels } from './models.ts';
import type { Model, ModelList, Provider, UpstreamAnswer } from './provider.ts';

const PROJECT = /^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/;

/** What every endpoint of Vertex AI depends on. */
export const vertexValues: EndpointKind['values'] = [
  { name: 'project', question: 'Google Cloud project', pattern: PROJECT, example: 'my-project' },
  {
    name: 'location',
    question: 'Location',
    pattern: /^(?:global|[a-z]+-[a-z]+\d+)$/,
    example: 'europe-west4',
    usual: 'global',
  },
];

/** Where all that a project has in a location lies. */
export function vertexAddress({ project = '', location = '' }: Readonly<Record<string, string>>): string {
  const host = location === 'global' ? 'aiplatform' : `${location}-aiplatform`;
  return `https://${host}.googleapis.com/v1/projects/${project}/locations/${location}`;
}

type VertexFacts = Pick<Provider, 'login' | 'authorize' | 'identify' | 'classify' | 'terms'>;

/** How Vertex AI is signed in to and understood, whoever's models are asked for. */
export function vertexFacts({ values }: NamedEndpoint): VertexFacts {
  return {
    // The token is for the person, or for the machine (`gcloud auth application-default print-access-token`).
    login: [{ kind: 'command', argv: ['gcloud', 'auth', 'print-access-token'] }, googleSignIn],
    // The project that pays is not the one that the token is from.
    authorize: (_protocol: string, secret: Secret) =>
      secret.isEmpty ? {} : { ...bearer(secret), 'x-goog-user-project': values?.['project'] ?? '' },
    identify: (answer: SignInAnswer) => identifyByClaims(answer),
    classify: (answer: UpstreamAnswer) => classifyWith([...googleRows, throttlePerModel], answer),
    terms: {
      kind: 'restricted',
      note: 'Google does not allow its quotas to be got round with several projects or accounts.',
      link: 'https://developers.google.com/terms',
      checked: '2026-11-20',
    },
  };
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
