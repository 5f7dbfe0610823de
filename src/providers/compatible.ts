import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import { checkBaseUrl } from './address.ts';
import { anthropicBearer, anthropicKey, bearer, googleKey } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import type { EndpointKind, NamedEndpoint } from './endpoint-kind.ts';
import { parseAnthropicModels, parseGeminiModels, parseOpenAiModels } from './models.ts';
import type { Model, Provider, Terms } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { refuseReserved } from './reserved-key.ts';

export const ownEndpointTerms: Terms = {
  kind: 'unknown',
  note: 'An endpoint of your own choice: whoever runs it says whether several accounts may stand in for each other.',
  checked: '2026-11-20',
};

/** A vendor's protocol that many servers speak, and how they mostly want to be spoken to. */
interface Family {
  readonly protocol: string;
  readonly listPath: string;
  authorize(secret: Secret): Record<string, string>;
  parse(label: string, body: unknown): readonly Model[];
}

const openAiFamily: Family = {
  protocol: 'openai-chat',
  listPath: '/models',
  authorize: bearer,
  parse: parseOpenAiModels,
};

/** Gateways want a bearer, the vendor's own shape a key of its own header: nothing tells which, so both carry it. */
const anthropicFamily: Family = {
  protocol: 'anthropic-messages',
  listPath: '/v1/models?limit=1000',
  authorize: (secret) => ({ ...anthropicBearer(secret), ...anthropicKey(secret) }),
  parse: parseAnthropicModels,
};

const geminiFamily: Family = {
  protocol: 'gemini',
  listPath: '/v1beta/models?pageSize=1000',
  authorize: googleKey,
  parse: parseGeminiModels,
};

/**
 * Any server that speaks OpenAI's chat protocol (Ollama, LM Studio, vLLM, LiteLLM, a company's gateway), with or without a key.
 * @throws RotaError `settings` where the address is not one to send a credential to.
 */
export function compatibleProvider(endpoint: NamedEndpoint): Provider {
  return familyProvider(openAiFamily, endpoint);
}

/** The families, by what `--family` calls them; the first one is meant where nobody says. */
export const compatibleKinds: readonly (EndpointKind & { readonly family: string })[] = [
  { id: 'compatible', family: 'openai', label: "OpenAI's protocol", values: [], make: compatibleProvider },
  {
    id: 'compatible-anthropic',
    family: 'anthropic',
    label: "Anthropic's protocol",
    values: [],
    make: (endpoint) => familyProvider(anthropicFamily, endpoint),
  },
  {
    id: 'compatible-gemini',
    family: 'gemini',
    label: "Gemini's protocol",
    values: [],
    make: (endpoint) => familyProvider(geminiFamily, endpoint),
  },
];

function familyProvider(family: Family, endpoint: NamedEndpoint): Provider {
  const { id, label = id, allowHttp = false } = endpoint;
  const wrong = checkBaseUrl(endpoint.baseUrl, { allowHttp });
  if (wrong !== undefined) {
    throw new RotaError({ kind: 'settings', message: `The base URL of "${id}" cannot be used. ${wrong}` });
  }
  const base = withoutTrailingSlash(endpoint.baseUrl);
  const { protocol, listPath } = family;
  return {
    id,
    label,
    protocols: { [protocol]: base },
    login: [{ kind: 'api-key', optional: true }],
    authorize: (_protocol, secret) => family.authorize(secret),
    refuseKey: (secret) => refuseReserved(secret),
    modelList: {
      url: `${base}${listPath}`,
      protocol,
      optional: true,
      parse: (body) => family.parse(label, body),
    },
    identify: () => ({}),
    classify: classifyByStatus,
    quota: bucketWindows,
    terms: ownEndpointTerms,
    allowHttp,
  };
}

/** Base URLs are joined to paths that begin with a slash. */
export function withoutTrailingSlash(url: string): string {
  return url.trim().replace(/\/+$/, '');
}
