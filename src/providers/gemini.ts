import { bearer, googleKey } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import { googleRows } from './google-signals.ts';
import { parseGeminiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { googleAccessToken, refuseReserved } from './reserved-key.ts';

/** ai.google.dev/api, ai.google.dev/gemini-api/docs/openai, ai.google.dev/gemini-api/docs/rate-limits */
export const gemini: Provider = {
  id: 'gemini',
  label: 'Gemini API',
  protocols: {
    gemini: 'https://generativelanguage.googleapis.com',
    'openai-chat': 'https://generativelanguage.googleapis.com/v1beta/openai',
  },
  login: [{ kind: 'api-key', page: 'https://aistudio.google.com/apikey', variable: 'GEMINI_API_KEY' }],
  authorize: (protocol, secret) => (protocol === 'openai-chat' ? bearer(secret) : googleKey(secret)),
  refuseKey: (secret) => refuseReserved(secret, [googleAccessToken]),
  modelList: {
    url: 'https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000',
    protocol: 'gemini',
    parse: (body) => parseGeminiModels('Gemini', body),
  },
  identify: () => ({}),
  // Limits are counted for each project and model, and told of only when one is reached.
  classify: (answer) => classifyWith([...googleRows, throttlePerModel], answer),
  terms: {
    kind: 'restricted',
    note: 'Google does not allow its quotas to be got round with several projects or accounts.',
    link: 'https://developers.google.com/terms',
    checked: '2026-11-20',
  },
};
