import { bearerProvider } from './bearer-provider.ts';
import { headerWait } from './retry-after.ts';
import { hasCode, ofStatus, row, withWait, type SignalRow } from './signal-row.ts';

/** docs.z.ai/api-reference/api-code: the status is 429 for nearly everything, and a number in the body tells what it is. */
const rows: readonly SignalRow[] = [
  row('the balance, or the plan, is used up', code(/^(?:1113|1309)$/), 'billing', 'account'),
  row('the account is inactive, locked or unknown', code(/^(?:111[0-2]|112[01])$/), 'policy', 'account'),
  row('the input is held to be unsafe', code(/^1301$/), 'request', 'request'),
  {
    name: 'the limit of the day, or of the plan, is reached',
    matches: code(/^(?:1304|1308|1310)$/),
    outcome: (answer) => withWait('window-spent', 'account', headerWait(answer)),
  },
];

function code(pattern: RegExp): SignalRow['matches'] {
  return (answer) => ofStatus(400, 401, 403, 429)(answer) && hasCode(answer, pattern);
}

export const zai = bearerProvider({
  id: 'zai',
  label: 'Z.ai',
  base: 'https://api.z.ai/api/paas/v4',
  login: [{ kind: 'api-key', page: 'https://z.ai/manage-apikey/apikey-list', variable: 'ZAI_API_KEY' }],
  rows,
  terms: {
    kind: 'unrestricted',
    note: 'The terms of the API do not restrict the use of several accounts; those of its coding plan, which this is not, are others.',
    link: 'https://docs.z.ai/legal-agreement/terms-of-use',
    checked: '2026-11-20',
  },
});
