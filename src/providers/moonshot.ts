import { bearerProvider } from './bearer-provider.ts';
import { kimiSession } from './reserved-key.ts';

/** platform.moonshot.ai/docs; its 429 with `exceeded_current_quota_error` is the balance, which the common codes know. */
export const moonshot = bearerProvider({
  id: 'moonshot',
  label: 'Moonshot',
  base: 'https://api.moonshot.ai/v1',
  login: [
    {
      kind: 'api-key',
      page: 'https://platform.moonshot.ai/console/api-keys',
      variable: 'MOONSHOT_API_KEY',
    },
  ],
  reserved: [kimiSession],
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://platform.moonshot.ai/docs/agreement/modeluse',
    checked: '2026-11-20',
  },
});
