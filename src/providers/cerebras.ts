import { bearerProvider } from './bearer-provider.ts';

/** inference-docs.cerebras.ai/support/error, …/support/rate-limits: 402 is the balance; limits by minute, hour and day. */
export const cerebras = bearerProvider({
  id: 'cerebras',
  label: 'Cerebras',
  base: 'https://api.cerebras.ai/v1',
  login: [{ kind: 'api-key', page: 'https://cloud.cerebras.ai', variable: 'CEREBRAS_API_KEY' }],
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://www.cerebras.ai/terms-of-service',
    checked: '2026-11-20',
  },
});
