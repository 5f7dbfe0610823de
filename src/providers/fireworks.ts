import { bearerProvider } from './bearer-provider.ts';

/** docs.fireworks.ai/tools-sdks/openai-compatibility, …/guides/inference-error-codes */
export const fireworks = bearerProvider({
  id: 'fireworks',
  label: 'Fireworks',
  base: 'https://api.fireworks.ai/inference/v1',
  login: [
    {
      kind: 'api-key',
      page: 'https://app.fireworks.ai/settings/users/api-keys',
      variable: 'FIREWORKS_API_KEY',
    },
  ],
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://fireworks.ai/terms-of-service',
    checked: '2026-11-20',
  },
});
