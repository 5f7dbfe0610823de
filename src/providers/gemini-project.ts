import type { EndpointKind } from './endpoint-kind.ts';
import { projectFacts, projectValue } from './google-project.ts';
import { gemini } from './gemini.ts';

/** Application Default Credentials: those of `gcloud auth print-access-token` are of its own client, which this API refuses. */
const TOOL = ['gcloud', 'auth', 'application-default', 'print-access-token'];

/**
 * ai.google.dev/gemini-api/docs/oauth: the Gemini API by a sign-in in the place of a key. Beside {@link gemini}, since it then wants
 * to be told the project that pays, as Vertex AI does.
 */
export const geminiProject: EndpointKind = {
  id: 'gemini-project',
  label: 'Gemini API (by project)',
  values: [projectValue],
  baseUrl: () => gemini.protocols['gemini'] ?? '',
  make: (endpoint) => ({
    id: endpoint.id,
    label: endpoint.label ?? 'Gemini API (by project)',
    protocols: gemini.protocols,
    ...(gemini.modelList !== undefined && { modelList: gemini.modelList }),
    ...projectFacts(endpoint, TOOL),
  }),
};
