import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { chatGptSession, refuseReserved } from './reserved-key.ts';

/** platform.openai.com/docs/api-reference, platform.openai.com/docs/guides/rate-limits */
export const openai: Provider = {
  id: 'openai',
  label: 'OpenAI',
  protocols: {
    'openai-chat': 'https://api.openai.com/v1',
    'openai-responses': 'https://api.openai.com/v1',
  },
  login: [{ kind: 'api-key', page: 'https://platform.openai.com/api-keys' }],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret, [chatGptSession]),
  modelList: {
    url: 'https://api.openai.com/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('OpenAI', body),
  },
  identify: () => ({}),
  // Limits are counted for each organisation and model.
  classify: (answer) => classifyWith([throttlePerModel], answer),
  terms: {
    kind: 'restricted',
    note: 'OpenAI does not allow its rate limits to be bypassed, several accounts included.',
    link: 'https://openai.com/policies/services-agreement/',
    checked: '2026-11-20',
  },
};
