import { bearer } from './authorization.ts';
import { classifyWith } from './classify.ts';
import { identifyByClaims } from './from-settings.ts';
import { parseOpenAiModels } from './models.ts';
import type { Provider } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { refuseReserved } from './reserved-key.ts';
import { hasCode, ofStatus, row } from './signal-row.ts';

const ISSUER = 'https://huggingface.co';
const SCOPES = ['openid', 'profile', 'email', 'inference-api'];

/** huggingface.co/docs/inference-providers, huggingface.co/docs/hub/oauth */
export const huggingface: Provider = {
  id: 'huggingface',
  label: 'Hugging Face',
  protocols: {
    'openai-chat': 'https://router.huggingface.co/v1',
    'openai-responses': 'https://router.huggingface.co/v1',
  },
  login: [
    { kind: 'api-key', page: 'https://huggingface.co/settings/tokens', variable: 'HF_TOKEN' },
    // With an application of one's own, made at huggingface.co/settings/applications/new.
    { kind: 'authorization-code', issuer: ISSUER, scopes: SCOPES },
    { kind: 'device-code', issuer: ISSUER, scopes: SCOPES },
  ],
  authorize: (_protocol, secret) => bearer(secret),
  refuseKey: (secret) => refuseReserved(secret),
  modelList: {
    url: 'https://router.huggingface.co/v1/models',
    protocol: 'openai-chat',
    parse: (body) => parseOpenAiModels('Hugging Face', body),
  },
  probe: { url: 'https://huggingface.co/api/whoami-v2', protocol: 'openai-chat' },
  identify: identifyByClaims,
  classify: (answer) => classifyWith([notEnabled], answer),
  quota: bucketWindows,
  terms: {
    kind: 'restricted',
    note: 'Hugging Face does not allow several personal accounts to be used to get past its limits; several organisations of one person are normal.',
    link: 'https://huggingface.co/terms-of-service',
    checked: '2026-11-20',
  },
};

/** Which inference providers serve a model is each account's own setting. */
const notEnabled = row(
  'no inference provider of the account has the model',
  (answer) => ofStatus(400, 404)(answer) && hasCode(answer, /^model_not_supported$/),
  'capability',
  'account-model',
);
