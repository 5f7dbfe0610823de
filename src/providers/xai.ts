import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { grokSession, refuseReserved } from './reserved-key.ts';
import { hasCode, ofStatus, row } from './signal-row.ts';

/** docs.x.ai/developers/rest-api-reference, docs.x.ai/developers/debugging */
export const xai: Provider = {
  id: 'xai',
  label: 'xAI',
  protocols: { 'openai-chat': 'https://api.x.ai/v1', 'openai-responses': 'https://api.x.ai/v1' },
  login: [{ kind: 'api-key', page: 'https://console.x.ai', variable: 'XAI_API_KEY' }],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret, [grokSession]),
  modelList: {
    url: 'https://api.x.ai/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('xAI', body),
  },
  identify: () => ({}),
  // Limits are counted for each team and model.
  classify: (answer) => classifyWith([spendingLimit, throttlePerModel], answer),
  quota: bucketWindows,
  terms: {
    kind: 'restricted',
    note: 'xAI does not allow its limits to be got round.',
    link: 'https://x.ai/legal/terms-of-service-enterprise',
    checked: '2026-11-20',
  },
};

/** `personal-team-blocked:spending-limit`: money, though it comes as a 403. (The same in prose alone is taken for what its status says.) */
const spendingLimit = row(
  'a spending limit, by code',
  (answer) => ofStatus(402, 403, 429)(answer) && hasCode(answer, /(?:^|:)spending-limit$/),
  'billing',
  'account',
);
