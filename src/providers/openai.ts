import type { QuotaWindow } from '../outcome.ts';
import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import { codexWindows } from './codex-windows.ts';
import { parseOpenAiModels } from './models.ts';
import type { AnswerHeaders, Provider } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { chatGptSession, refuseReserved } from './reserved-key.ts';
import { hasCode, row } from './signal-row.ts';

/** platform.openai.com/docs/api-reference, platform.openai.com/docs/guides/rate-limits */
export const openai: Provider = {
  id: 'openai',
  label: 'OpenAI',
  protocols: {
    'openai-chat': 'https://api.openai.com/v1',
    'openai-responses': 'https://api.openai.com/v1',
  },
  login: [{ kind: 'api-key', page: 'https://platform.openai.com/api-keys', variable: 'OPENAI_API_KEY' }],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret, [chatGptSession]),
  modelList: {
    url: 'https://api.openai.com/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('OpenAI', body),
  },
  identify: () => ({}),
  // Limits are counted for each organisation and model.
  classify: (answer) => classifyWith([deactivated, throttlePerModel], answer),
  quota,
  terms: {
    kind: 'restricted',
    note: 'OpenAI does not allow its rate limits to be bypassed, several accounts included.',
    link: 'https://openai.com/policies/services-agreement/',
    checked: '2026-11-20',
  },
};

/** A 401 by its status, but a new key of the same account would be refused as well. */
const deactivated = row(
  'the account is deactivated',
  (answer) => answer.status === 401 && hasCode(answer, /^account_deactivated$/),
  'policy',
  'account',
);

function quota(headers: AnswerHeaders, now: number): readonly QuotaWindow[] {
  const buckets = bucketWindows(headers, now);
  const plan = codexWindows(headers, now);
  return plan.length === 0 ? buckets : [...buckets, ...plan.map(({ window }) => window)];
}
