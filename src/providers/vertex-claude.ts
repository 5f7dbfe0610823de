import type { EndpointKind } from './endpoint-kind.ts';
import { projectFacts } from './google-project.ts';
import { publisherModels, vertexAddress, vertexTool, vertexValues } from './vertex-endpoint.ts';

/**
 * platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai. A provider of its own beside Vertex AI: its models answer
 * another protocol than the others there.
 */
export const vertexClaude: EndpointKind = {
  id: 'vertex-claude',
  label: 'Claude on Vertex AI',
  values: vertexValues,
  baseUrl: (values) => `${vertexAddress(values)}/publishers/anthropic`,
  make: (endpoint) => ({
    id: endpoint.id,
    label: endpoint.label ?? 'Claude on Vertex AI',
    protocols: { 'anthropic-messages': endpoint.baseUrl },
    variants: { 'anthropic-messages': 'raw-predict' },
    modelList: publisherModels('Claude on Vertex AI', 'anthropic', 'anthropic-messages'),
    ...projectFacts(endpoint, vertexTool),
  }),
};
