import { RotaError } from '../failure.ts';
import { checkBaseUrl } from './address.ts';
import { bearer } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider, Terms } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { claudeSubscription, refuseReserved } from './reserved-key.ts';

/** An endpoint that a person named at sign-in: `proxy login … --base-url URL --name ID`. */
export interface CompatibleEndpoint {
  readonly id: string;
  readonly label?: string;
  /** With `/v1`, as OpenAI's SDK takes it. */
  readonly baseUrl: string;
  readonly allowHttp?: boolean;
}

export const ownEndpointTerms: Terms = {
  kind: 'unknown',
  note: 'An endpoint of your own choice: whoever runs it says whether several accounts may stand in for each other.',
  checked: '2026-11-20',
};

/**
 * Any server that speaks OpenAI's chat protocol (Ollama, LM Studio, vLLM, LiteLLM, a company's gateway), with or without a key.
 * @throws RotaError `settings` where the address is not one to send a credential to.
 */
export function compatibleProvider(endpoint: CompatibleEndpoint): Provider {
  const { id, label = id, allowHttp = false } = endpoint;
  const wrong = checkBaseUrl(endpoint.baseUrl, { allowHttp });
  if (wrong !== undefined) {
    throw new RotaError({ kind: 'settings', message: `The base URL of "${id}" cannot be used. ${wrong}` });
  }
  const base = withoutTrailingSlash(endpoint.baseUrl);
  return {
    id,
    label,
    protocols: { 'openai-chat': base },
    login: [{ kind: 'api-key', optional: true }],
    authorize: (_protocol, secret) => bearer(secret),
    refuseKey: (secret) => refuseReserved(secret, [claudeSubscription]),
    modelList: {
      url: `${base}/models`,
      protocol: 'openai-chat',
      optional: true,
      parse: (body) => parseOpenAiModels(label, body),
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
