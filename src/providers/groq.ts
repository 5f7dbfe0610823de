import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { hasCode, ofStatus, row } from './signal-row.ts';
import { refuseReserved } from './reserved-key.ts';

/** console.groq.com/docs/api-reference, …/docs/errors, …/docs/rate-limits, …/docs/flex-processing */
export const groq: Provider = {
  id: 'groq',
  label: 'Groq',
  protocols: { 'openai-chat': 'https://api.groq.com/openai/v1' },
  login: [{ kind: 'api-key', page: 'https://console.groq.com/keys', variable: 'GROQ_API_KEY' }],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://api.groq.com/openai/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('Groq', body),
  },
  identify: () => ({}),
  // Limits are counted for each organisation and model.
  classify: (answer) => classifyWith([noFlexCapacity, restricted, throttlePerModel], answer),
  quota: bucketWindows,
  terms: {
    kind: 'restricted',
    note: 'Groq does not allow several accounts to be used to get past its limits.',
    link: 'https://groq.com/terms-of-use',
    checked: '2026-11-20',
  },
};

/** A status of Groq's own: the flex tier has no capacity left, whoever asks. */
const noFlexCapacity = row('no flex capacity', ofStatus(498), 'overload', 'provider-model');

/** A 400 by its status, but it has a code, and another organisation is not restricted. */
const restricted = row(
  'the organisation is restricted',
  (answer) => answer.status === 400 && hasCode(answer, /^organization_restricted$/),
  'policy',
  'account',
);
