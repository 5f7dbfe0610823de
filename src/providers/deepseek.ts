import { anthropicKey, bearer } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { refuseReserved } from './reserved-key.ts';

/** api-docs.deepseek.com, …/quick_start/error_codes (its statuses say all: 402 is the balance), …/guides/anthropic_api */
export const deepseek: Provider = {
  id: 'deepseek',
  label: 'DeepSeek',
  protocols: {
    'openai-chat': 'https://api.deepseek.com',
    'anthropic-messages': 'https://api.deepseek.com/anthropic',
  },
  login: [{ kind: 'api-key', page: 'https://platform.deepseek.com/api_keys', variable: 'DEEPSEEK_API_KEY' }],
  authorize: (protocol, secret) =>
    protocol === 'anthropic-messages' ? anthropicKey(secret) : bearer(secret),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://api.deepseek.com/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('DeepSeek', body),
  },
  identify: () => ({}),
  classify: classifyByStatus,
  terms: {
    kind: 'unrestricted',
    note: 'The open platform terms do not restrict the use of several accounts.',
    link: 'https://cdn.deepseek.com/policies/en-US/deepseek-open-platform-terms-of-service.html',
    checked: '2026-11-20',
  },
};
