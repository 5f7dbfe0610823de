import { bearerProvider } from './bearer-provider.ts';

/** creator.poe.com/docs/external-applications/openai-compatible-api, …/anthropic-compatible-api, creator.poe.com/api-reference/errors */
export const poe = bearerProvider({
  id: 'poe',
  label: 'Poe',
  base: 'https://api.poe.com/v1',
  responses: true,
  messagesBase: 'https://api.poe.com',
  login: [{ kind: 'api-key', page: 'https://poe.com/api/keys', variable: 'POE_API_KEY' }],
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://poe.com/api_terms',
    checked: '2026-11-20',
  },
});
