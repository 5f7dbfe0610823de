import { bearerProvider } from './bearer-provider.ts';
import { parseOpenAiModels } from './models.ts';
import { hasCode, isClientError, ofStatus, row } from './signal-row.ts';

/** docs.together.ai/docs/error-codes: 402 is the spending limit; 403 says that the input is too long for the model. */
export const together = bearerProvider({
  id: 'together',
  label: 'Together',
  base: 'https://api.together.ai/v1',
  login: [
    { kind: 'api-key', page: 'https://api.together.ai/settings/api-keys', variable: 'TOGETHER_API_KEY' },
  ],
  rows: [
    row(
      'the account is refused, by code',
      (answer) => isClientError(answer) && hasCode(answer, /^(?:account_suspended|access_denied)$/),
      'policy',
      'account',
    ),
    row('the input is too long for the model', ofStatus(403), 'request', 'request'),
  ],
  // A bare list, without the object around it.
  parseModels: (body) => parseOpenAiModels('Together', Array.isArray(body) ? { data: body } : body),
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://www.together.ai/terms-of-service',
    checked: '2026-11-20',
  },
});
