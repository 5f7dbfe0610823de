import { RotaError } from '../../failure.ts';
import type { Address } from '../protocol.ts';

/** What a call asks for: it stands in the address, behind the last colon. */
export interface Asked {
  readonly model: string;
  readonly method: Method;
}

export type Method =
  'generateContent' | 'streamGenerateContent' | 'countTokens' | 'embedContent' | 'batchEmbedContents';

const methods: ReadonlySet<string> = new Set<Method>([
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
]);

/**
 * The model and the method of an address such as `models/x:generateContent`, with or without its first part. Names may hold
 * slashes and colons.
 * @throws RotaError `not-found` where there is no such method
 */
export function readAddress({ rest }: Address): Asked {
  const colon = rest.lastIndexOf(':');
  const model = modelIn(rest.slice(0, Math.max(colon, 0)));
  const method = rest.slice(colon + 1);
  if (isMethod(method) && model !== '') return { model, method };
  const message = `There is no '${rest.slice(0, 200)}' here: call models/MODEL:generateContent, :streamGenerateContent or :countTokens.`;
  throw new RotaError({ kind: 'not-found', message });
}

/** What may stand before a name: as the Gemini API has it, and as Vertex AI has it for its clients. */
const BEFORE_NAME = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/([^/]+)\/)?models\//;

/**
 * The name of a model among the words that may stand before it: `models/x`, `publishers/google/models/x`. Clients of Vertex AI
 * make `publishers/a/models/x` of a name `a/x`.
 */
export function modelIn(path: string): string {
  const bare = path.replace(/^models\//, '');
  const [before = '', publisher] = BEFORE_NAME.exec(bare) ?? [];
  const name = bare.slice(before.length);
  return publisher === undefined || publisher === 'google' ? name : `${publisher}/${name}`;
}

/** What a path asks for, behind its last colon; undefined for what is no method. */
export function methodOf(path: string): Method | undefined {
  const method = /:(\w+)(?:\?|$)/.exec(path)?.[1] ?? '';
  return isMethod(method) ? method : undefined;
}

function isMethod(text: string): text is Method {
  return methods.has(text);
}

/** Whether a stream comes as server-sent events; without `alt=sse` it comes as one JSON array. */
export function asksForEvents({ query }: Address): boolean {
  return new URLSearchParams(query).get('alt') === 'sse';
}

/** Whether the answer comes as one JSON array; of an error as well. */
export function asksForArray({ rest, query }: Address): boolean {
  return rest.endsWith(':streamGenerateContent') && !asksForEvents({ rest, query });
}

/** Where the same call goes upstream: for another model perhaps, and without the client's key. */
export function pathOf(address: Address, model: string): string {
  const { method } = readAddress(address);
  const name = model.split('/').map(encodeURIComponent).join('/');
  return `/v1beta/models/${name}:${method}${asksForEvents(address) ? '?alt=sse' : ''}`;
}
