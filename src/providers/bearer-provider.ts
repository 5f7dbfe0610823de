import type { LoginMethod } from '../oauth/types.ts';
import { bearer } from './authorization.ts';
import { classifyWith } from './classify.ts';
import { parseOpenAiModels } from './models.ts';
import type { Model, Provider, Terms } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { refuseReserved, type ReservedKind } from './reserved-key.ts';
import type { SignalRow } from './signal-row.ts';

/** What there is to say of a vendor that keeps to OpenAI's protocol and authorises everything with a bearer. */
export interface BearerFacts {
  readonly id: string;
  readonly label: string;
  /** OpenAI's chat protocol, with its version. */
  readonly base: string;
  /** Whether the same base also answers OpenAI's Responses. */
  readonly responses?: boolean;
  /** Without `/v1`, where it also answers Anthropic's Messages. */
  readonly messagesBase?: string;
  readonly login: readonly LoginMethod[];
  /** What its own codes mean, before what statuses mean everywhere. */
  readonly rows?: readonly SignalRow[];
  /** Tokens that its vendor keeps for its own clients; those of a Claude subscription are refused everywhere. */
  readonly reserved?: readonly ReservedKind[];
  /** Where the list of models has another shape than OpenAI's. */
  parseModels?(body: unknown): readonly Model[];
  readonly terms: Terms;
}

/** A provider of such facts alone. */
export function bearerProvider(facts: BearerFacts): Provider {
  const { id, label, base, login, terms, responses, messagesBase, rows = [], reserved = [] } = facts;
  return {
    id,
    label,
    protocols: {
      'openai-chat': base,
      ...(responses === true && { 'openai-responses': base }),
      ...(messagesBase !== undefined && { 'anthropic-messages': messagesBase }),
    },
    login,
    authorize: (_protocol, secret) => bearer(secret),
    refuseKey: (secret) => refuseReserved(secret, reserved),
    modelList: {
      url: `${base}/models`,
      protocol: 'openai-chat',
      parse: (body) => facts.parseModels?.(body) ?? parseOpenAiModels(label, body),
    },
    identify: () => ({}),
    classify: (answer) => classifyWith(rows, answer),
    quota: bucketWindows,
    terms,
  };
}
