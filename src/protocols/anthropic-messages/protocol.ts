import type { Address, Protocol } from '../protocol.ts';
import { usageTold } from '../told-usage.ts';
import { keepAliveComment } from '../keep-alive.ts';
import { encodeErrorBody, encodeFailure, encodeStreamFailure } from './failure.ts';
import { withoutForeignState } from './foreign-state.ts';
import { encodeModel, encodeModelList } from './models.ts';
import { rawPredict, rawPredictCounting } from './raw-predict.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';
import { decodeUsage } from './usage.ts';

/** Anthropic Messages (platform.claude.com/docs/en/api/messages). */
export const anthropicMessages: Protocol = {
  name: 'anthropic-messages',
  path: (address) => `/v1/messages${queryOf(address)}`,
  // The version and the beta features say what the members of the body mean.
  requestHeaders: ['anthropic-version', 'anthropic-beta'],
  listHeaders: ['anthropic-beta'],
  peek,
  withModel,
  withoutForeignState,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  usageOf: (text) => usageTold(text, 'usage', decodeUsage),
  encodeFailure,
  encodeStreamFailure,
  keepAlive: keepAliveComment,
  encodeErrorBody,
  encodeModel,
  encodeModelList,
  variants: { 'raw-predict': rawPredict },
  keyHeader: 'x-api-key',
};

/** Its endpoint that only counts: the same request, without an answer. */
export const anthropicCounting: Protocol = {
  ...anthropicMessages,
  path: (address) => `/v1/messages/count_tokens${queryOf(address)}`,
  peek: (body) => ({ ...peek(body), isCount: true }),
  variants: { 'raw-predict': rawPredictCounting },
  encodeCount: (tokens) => ({ input_tokens: tokens }),
};

/** Clients of beta features say so in the query as well. */
function queryOf({ query }: Address): string {
  return new URLSearchParams(query).get('beta') === 'true' ? '?beta=true' : '';
}
