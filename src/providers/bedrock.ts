import { bearer } from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import type { EndpointKind } from './endpoint-kind.ts';
import { parseOpenAiModels } from './models.ts';
import { refuseReserved } from './reserved-key.ts';

/** docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html, …/api-keys.html: keys of Bedrock's own, as bearers. */
export const bedrock: EndpointKind = {
  id: 'bedrock',
  label: 'Amazon Bedrock',
  values: [
    {
      name: 'region',
      question: 'AWS region',
      pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
      example: 'eu-central-1',
      usual: 'us-east-1',
      variables: [{ name: 'AWS_REGION' }, { name: 'AWS_DEFAULT_REGION' }],
    },
  ],
  baseUrl: ({ region = '' }) => `https://bedrock-runtime.${region}.amazonaws.com/openai/v1`,
  make: ({ id, label = 'Amazon Bedrock', baseUrl }) => ({
    id,
    label,
    protocols: { 'openai-chat': baseUrl, 'openai-responses': baseUrl },
    login: [
      {
        kind: 'api-key',
        page: 'https://console.aws.amazon.com/bedrock/home#/api-keys',
        variable: 'AWS_BEARER_TOKEN_BEDROCK',
      },
    ],
    authorize: (_protocol, secret) => bearer(secret),
    refuseKey: (secret) => refuseReserved(secret),
    modelList: {
      url: `${baseUrl}/models`,
      protocol: 'openai-chat',
      optional: true,
      parse: (body) => parseOpenAiModels(label, body),
    },
    identify: () => ({}),
    classify: classifyByStatus,
    terms: {
      kind: 'unknown',
      note: 'What the service terms say about several accounts was not established; quotas are counted for each account and region.',
      link: 'https://aws.amazon.com/service-terms/',
      checked: '2026-11-20',
    },
  }),
};
