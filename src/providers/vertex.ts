import type { EndpointKind } from './endpoint-kind.ts';
import { projectFacts } from './google-project.ts';
import { publisherModels, vertexAddress, vertexTool, vertexValues } from './vertex-endpoint.ts';

/** cloud.google.com/vertex-ai/generative-ai/docs/start/openai; that protocol calls Google's own models `google/…`. */
export const vertex: EndpointKind = {
  id: 'vertex',
  label: 'Vertex AI',
  values: vertexValues,
  baseUrl: (values) => `${vertexAddress(values)}/endpoints/openapi`,
  make: (endpoint) => ({
    id: endpoint.id,
    label: endpoint.label ?? 'Vertex AI',
    protocols: { 'openai-chat': endpoint.baseUrl },
    modelList: publisherModels('Vertex AI', 'google', 'openai-chat', 'google/'),
    ...projectFacts(endpoint, vertexTool),
  }),
};
