import { bearer } from './authorization.ts';
import { classifyWith } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { hasCode, ofStatus, row } from './signal-row.ts';
import { refuseReserved } from './reserved-key.ts';

/** docs.mistral.ai/api */
export const mistral: Provider = {
  id: 'mistral',
  label: 'Mistral',
  protocols: { 'openai-chat': 'https://api.mistral.ai/v1' },
  login: [{ kind: 'api-key', page: 'https://console.mistral.ai/api-keys', variable: 'MISTRAL_API_KEY' }],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://api.mistral.ai/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('Mistral', body),
  },
  identify: () => ({}),
  classify: (answer) => classifyWith([tierAtCapacity, unknownModel], answer),
  quota: bucketWindows,
  terms: {
    kind: 'unrestricted',
    note: 'The commercial terms do not restrict a business to one account.',
    link: 'https://legal.mistral.ai/terms',
    checked: '2026-11-20',
  },
};

/** The service tier has no capacity left for the model; it comes as a 429, but no account has reached a limit of its own. */
const tierAtCapacity = row(
  'the service tier is at capacity',
  (answer) => ofStatus(429, 503)(answer) && hasCode(answer, /^(?:service_tier_capacity_exceeded|3505)$/),
  'overload',
  'provider-model',
);

const unknownModel = row(
  'the model is not there, as a 400',
  (answer) => answer.status === 400 && hasCode(answer, /^invalid_model$/),
  'capability',
  'account-model',
);
