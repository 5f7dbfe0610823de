import { anthropicWindows } from './anthropic-windows.ts';
import { anthropicConsole, bearer } from './authorization.ts';
import { classifyWith } from './classify.ts';
import { parseAnthropicModels } from './models.ts';
import type { Provider } from './provider.ts';
import { refuseReserved } from './reserved-key.ts';
import { hasCode, row } from './signal-row.ts';

/** platform.claude.com/docs/en/cli-sdks-libraries/cli/authentication, …/api/overview, …/api/errors, …/api/rate-limits, …/api/openai-sdk */
export const anthropic: Provider = {
  id: 'anthropic',
  label: 'Anthropic',
  protocols: {
    'anthropic-messages': 'https://api.anthropic.com',
    'openai-chat': 'https://api.anthropic.com/v1',
  },
  login: [
    { kind: 'api-key', page: 'https://platform.claude.com/settings/keys', variable: 'ANTHROPIC_API_KEY' },
    // Of the Console, and billed like a key: `ant auth login`, once for each profile.
    { kind: 'command', argv: ['ant', 'auth', 'print-credentials', '--access-token'] },
  ],
  authorize: (protocol, secret) => (protocol === 'openai-chat' ? bearer(secret) : anthropicConsole(secret)),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://api.anthropic.com/v1/models?limit=1000',
    protocol: 'anthropic-messages',
    parse: (body) => parseAnthropicModels('Anthropic', body),
  },
  identify: () => ({}),
  classify: (answer) => classifyWith([organizationOnHold, planUnpaid], answer),
  quota: anthropicWindows,
  terms: {
    kind: 'unknown',
    note: 'No clause about several accounts was found in the commercial terms.',
    link: 'https://www.anthropic.com/legal/commercial-terms',
    checked: '2026-11-20',
  },
};

/** A 400 by its status, but it has a code, and another organisation is not on hold. */
const organizationOnHold = row(
  'the organisation is on hold',
  (answer) => answer.status === 400 && hasCode(answer, /^organization_on_hold$/),
  'policy',
  'account',
);

/** A plan that wants paying first; undocumented, like all of its `unified` headers. */
const planUnpaid = row(
  'the plan wants payment',
  (answer) =>
    answer.status === 429 && answer.headers['anthropic-ratelimit-unified-status'] === 'payment_required',
  'billing',
  'account',
);
