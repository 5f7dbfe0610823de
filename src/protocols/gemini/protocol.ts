import type { Protocol } from '../protocol.ts';
import { pathOf } from './address.ts';
import { encodeArrayFailure, encodeFailure, encodeStreamFailure } from './failure.ts';
import { encodeModel, encodeModelList } from './models.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, endingOfArray, meaningOfBody, meaningOfEvent } from './stream.ts';

/** Gemini's generateContent (ai.google.dev/api/generate-content): model and method stand in the address. */
export const gemini: Protocol = {
  name: 'gemini',
  path: pathOf,
  requestHeaders: [],
  peek,
  withModel,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  inArray: { endingOf: endingOfArray, encodeStreamFailure: encodeArrayFailure },
  encodeFailure,
  encodeStreamFailure,
  encodeModel,
  encodeModelList,
  encodeCount: (tokens) => ({ totalTokens: tokens }),
  keyHeader: 'x-goog-api-key',
  keyParameter: 'key',
};
