import { anthropicBearer, anthropicKey, azureKey, bearer, isJsonWebToken } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import type { EndpointKind } from './endpoint-kind.ts';
import { parseOpenAiModels } from './models.ts';
import { bucketWindows } from './quota-windows.ts';
import { claudeSubscription, refuseReserved } from './reserved-key.ts';

/**
 * learn.microsoft.com/azure/foundry/openai/api-version-lifecycle (the v1 API), …/foundry-models/how-to/use-foundry-models-claude.
 * What requests call a model is the name of a deployment.
 */
export const azure: EndpointKind = {
  id: 'azure',
  label: 'Azure',
  values: [
    {
      name: 'resource',
      question: 'Name of the Azure OpenAI or Foundry resource',
      pattern: /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/i,
      example: 'my-resource',
    },
  ],
  baseUrl: ({ resource = '' }) => `https://${resource}.openai.azure.com/openai/v1`,
  make: ({ id, label = 'Azure', baseUrl, values }) => ({
    id,
    label,
    protocols: {
      'openai-chat': baseUrl,
      'openai-responses': baseUrl,
      'anthropic-messages': `https://${values?.['resource'] ?? ''}.services.ai.azure.com/anthropic`,
    },
    login: [
      { kind: 'api-key', page: 'https://ai.azure.com', variable: 'AZURE_OPENAI_API_KEY' },
      {
        kind: 'command',
        argv: [
          'az',
          'account',
          'get-access-token',
          '--scope',
          'https://cognitiveservices.azure.com/.default',
          '--output',
          'json',
        ],
      },
    ],
    // A token of Entra is a JSON Web Token; a key of a resource never is.
    authorize(protocol, secret) {
      const isToken = isJsonWebToken(secret);
      if (protocol === 'anthropic-messages') return isToken ? anthropicBearer(secret) : anthropicKey(secret);
      return isToken ? bearer(secret) : azureKey(secret);
    },
    refuseKey: (secret) => refuseReserved(secret, [claudeSubscription]),
    modelList: {
      url: `${baseUrl}/models`,
      protocol: 'openai-chat',
      parse: (body) => parseOpenAiModels(label, body),
    },
    identify: () => ({}),
    classify: classifyByStatus,
    quota: bucketWindows,
    terms: {
      kind: 'unrestricted',
      note: 'Failover between resources of one tenant is documented; across tenants it is restricted.',
      link: 'https://learn.microsoft.com/azure/foundry/openai/quotas-limits',
      checked: '2026-11-20',
    },
  }),
};
