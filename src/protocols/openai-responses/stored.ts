import { RotaError } from '../../failure.ts';
import type { Address, Protocol } from '../protocol.ts';
import { openaiResponses } from './protocol.ts';

/** What such a call may say in its query; anything else stays here, and the client's key with it. */
const parameters: ReadonlySet<string> = new Set([
  'include',
  'include[]',
  'include_obfuscation',
  'stream',
  'starting_after',
  'after',
  'before',
  'limit',
  'order',
]);

const STORED = /^([\w-]{1,200})(?:\/(?:cancel|input_items))?$/;

/**
 * Answers that are stored, or made in the background: to be looked at, cancelled and deleted
 * (platform.openai.com/docs/api-reference/responses). The upstream's word on them goes on as it is.
 */
export const responsesStored: Protocol = {
  ...openaiResponses,
  path: (address) => `/responses/${address.rest}${queryOf(address)}`,
  peek: (_body, address) => ({ ofAnswer: readId(address) }),
  withModel: (body) => body,
  withoutForeignState: (body) => body,
  opening: () => undefined,
  // One that failed is a failed answer, and no failure to tell of it.
  meaningOfEvent: () => ({ kind: 'content' }),
  meaningOfBody: () => ({ kind: 'content' }),
};

function readId({ rest }: Address): string {
  const id = STORED.exec(rest)?.[1];
  if (id !== undefined) return id;
  const message = `There is no 'responses/${rest.slice(0, 200)}' here.`;
  throw new RotaError({ kind: 'not-found', message });
}

function queryOf({ query }: Address): string {
  const kept = [...new URLSearchParams(query)].filter(([name]) => parameters.has(name));
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept).toString()}`;
}
