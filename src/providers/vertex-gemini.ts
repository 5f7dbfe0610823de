import type { EndpointKind } from './endpoint-kind.ts';
import { projectFacts } from './google-project.ts';
import { publisherModels, vertexAddress, vertexTool, vertexValues } from './vertex-endpoint.ts';

/**
 * cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference. Beside Vertex AI in OpenAI's protocol: here Gemini's own
 * clients are relayed, and thought signatures go back as they came. Names have no publisher before them.
 */
export const vertexGemini: EndpointKind = {
  id: 'vertex-gemini',
  label: 'Gemini on Vertex AI',
  values: vertexValues,
  baseUrl: (values) => `${vertexAddress(values)}/publishers/google`,
  make: (endpoint) => ({
    id: endpoint.id,
    label: endpoint.label ?? 'Gemini on Vertex AI',
    protocols: { gemini: endpoint.baseUrl },
    variants: { gemini: 'publisher-models' },
    modelList: publisherModels('Gemini on Vertex AI', 'google', 'gemini'),
    ...projectFacts(endpoint, vertexTool),
  }),
};
