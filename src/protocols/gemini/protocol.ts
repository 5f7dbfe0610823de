import type { Protocol } from '../protocol.ts';
import { usageTold } from '../told-usage.ts';
import { pathOf } from './address.ts';
import {
  encodeArrayFailure,
  encodeErrorBody,
  encodeFailure,
  encodeStreamFailure,
  wrapError,
} from './failure.ts';
import { withoutForeignState } from './foreign-state.ts';
import { encodeModel, encodeModelList } from './models.ts';
import { publisherModels } from './publisher-models.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, endingOfArray, meaningOfBody, meaningOfEvent } from './stream.ts';
import { decodeUsage } from './usage.ts';

/** Gemini's generateContent (ai.google.dev/api/generate-content): model and method stand in the address. */
export const gemini: Protocol = {
  name: 'gemini',
  path: pathOf,
  requestHeaders: [],
  peek,
  withModel,
  withoutForeignState,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  usageOf: (text) => usageTold(text, 'usageMetadata', decodeUsage),
  inArray: { endingOf: endingOfArray, encodeStreamFailure: encodeArrayFailure, wrapError },
  encodeFailure,
  encodeStreamFailure,
  // Not a comment: some of its clients die of one.
  keepAlive: Buffer.from('data: {}\n\n'),
  encodeErrorBody,
  encodeModel,
  encodeModelList,
  encodeCount: (tokens) => ({ totalTokens: tokens }),
  variants: { 'publisher-models': publisherModels },
  keyHeader: 'x-goog-api-key',
  keyParameter: 'key',
};
