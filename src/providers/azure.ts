import type { LoginMethod, SignInAnswer } from '../oauth/types.ts';
import { anthropicBearer, anthropicKey, azureKey, bearer, isJsonWebToken } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import type { EndpointKind } from './endpoint-kind.ts';
import { parseOpenAiModels } from './models.ts';
import type { Identity } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { identifyByClaims } from './from-settings.ts';
import { textOf } from './json-fields.ts';
import { refuseReserved } from './reserved-key.ts';

/** Whatever tenant the person is of. */
const ANY_TENANT = 'organizations';

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
      variables: [
        { name: 'AZURE_OPENAI_ENDPOINT', within: /^https:\/\/([\w-]+)\.openai\.azure\.com(?:\/|$)/ },
      ],
    },
    {
      name: 'tenant',
      question: 'Entra tenant to sign in to',
      pattern: /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/i,
      example: 'contoso.onmicrosoft.com',
      usual: ANY_TENANT,
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
      { kind: 'command', argv: tool(values?.['tenant']) },
      ...entraSignIns(values?.['tenant'] ?? ANY_TENANT),
    ],
    // A token of Entra is a JSON Web Token; a key of a resource never is.
    authorize(protocol, secret) {
      const isToken = isJsonWebToken(secret);
      if (protocol === 'anthropic-messages') return isToken ? anthropicBearer(secret) : anthropicKey(secret);
      return isToken ? bearer(secret) : azureKey(secret);
    },
    refuseKey: (secret) => refuseReserved(secret),
    modelList: {
      url: `${baseUrl}/models`,
      protocol: 'openai-chat',
      parse: (body) => parseOpenAiModels(label, body),
    },
    identify,
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

/** Prints a token of a tenant; of the one that `az` is at where none was named (learn.microsoft.com/cli/azure/account). */
function tool(tenant = ANY_TENANT): readonly string[] {
  const scope = ['--scope', 'https://cognitiveservices.azure.com/.default', '--output', 'json'];
  const named = tenant === ANY_TENANT ? [] : ['--tenant', tenant];
  return ['az', 'account', 'get-access-token', ...scope, ...named];
}

/** Entra's `sub` is another one for each application; tenant and object name the person (…/id-token-claims-reference). */
function identify(answer: SignInAnswer): Identity {
  const known = identifyByClaims(answer);
  if (answer.kind !== 'tokens') return known;
  const { tid, oid } = answer.claims;
  const [tenant, object] = [textOf(tid), textOf(oid)];
  return tenant === undefined || object === undefined ? known : { ...known, id: `${tenant}#${object}` };
}

/**
 * learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, …/v2-oauth2-device-code: with a public client of one's own.
 * The addresses stand here since the published issuer of a named tenant is that of its number.
 */
function entraSignIns(tenant: string): readonly LoginMethod[] {
  const base = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`;
  const tokenEndpoint = `${base}/token`;
  const scopes = ['https://cognitiveservices.azure.com/.default', 'offline_access', 'openid', 'profile'];
  return [
    {
      kind: 'authorization-code',
      authorizationEndpoint: `${base}/authorize`,
      tokenEndpoint,
      scopes,
      // The port of a redirect to localhost is not compared.
      redirect: { host: 'localhost' },
      parameters: { prompt: 'select_account' },
    },
    { kind: 'device-code', deviceAuthorizationEndpoint: `${base}/devicecode`, tokenEndpoint, scopes },
  ];
}
