import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest, Turn } from '../../src/chat/request.ts';
import { pairs, translatorOf, translators } from './translators.ts';

/** Words that are met nowhere else, in the order in which they were said. */
type Saying = (next: () => string) => readonly Turn[];

const word = (next: () => string) => ({ type: 'text' as const, text: next() });
const image = (next: () => string) => ({
  type: 'image' as const,
  source: {
    kind: 'base64' as const,
    mediaType: 'image/png',
    data: Buffer.from(`image ${next()}`).toString('base64'),
  },
});

const user: Saying = (next) => [{ role: 'user', parts: [word(next), word(next)] }];
const shown: Saying = (next) => [{ role: 'user', parts: [image(next), word(next)] }];
const told: Saying = (next) => [{ role: 'system', rank: 'developer', parts: [word(next)] }];
const answered: Saying = (next) => [
  { role: 'assistant', parts: [{ type: 'reasoning', text: `thought ${next()}` }, word(next)] },
];
const called: Saying = (next) => {
  const ids = [`call_${next()}`, `call_${next()}`];
  return [
    {
      role: 'assistant',
      parts: ids.map((id) => ({
        type: 'tool-call' as const,
        id,
        name: 'read',
        kind: 'function' as const,
        input: JSON.stringify({ path: next() }),
      })),
    },
    {
      role: 'tool',
      parts: ids.map((callId, nth) => ({
        type: 'tool-result' as const,
        callId,
        parts: [word(next)],
        isError: nth === 1,
      })),
    },
  ];
};

/** Turns of all kinds in any order, also ones that no assistant would send, such as two answers on end. */
const conversation = fc
  .array(fc.constantFrom(user, shown, told, answered, called), { minLength: 1, maxLength: 8 })
  .map((sayings): ChatRequest => {
    let count = 0;
    const next = () => `word${(count += 1)}z`;
    return {
      turns: [...user(next), ...sayings.flatMap((say) => say(next)), ...user(next)],
      tools: [{ kind: 'function', name: 'read', parameters: { type: 'object', properties: {} } }],
      sampling: {},
      stopSequences: [],
      extras: [],
      stream: false,
      maxOutputTokens: 4096,
    };
  });

/**
 * Who said what, in its order. Reasoning is a maker's own, and its loss is reported. What the system says in the middle is
 * said by the user where a protocol has no other way.
 */
function said(turns: readonly Turn[]): readonly string[] {
  return turns.flatMap(({ role, parts }) =>
    parts
      .flatMap(textsOf)
      .flatMap((text) => text.match(/word\d+z/g) ?? [])
      .map((one) => `${role === 'system' ? 'user' : role}: ${one}`),
  );
}

function textsOf(part: Turn['parts'][number]): readonly string[] {
  if (part.type === 'text') return [part.text];
  if (part.type === 'tool-call') return [part.input];
  if (part.type === 'tool-result') return part.parts.flatMap(textsOf);
  if (part.type !== 'image' || part.source.kind !== 'base64') return [];
  return [Buffer.from(part.source.data, 'base64').toString()];
}

describe.each(pairs)('from %s to %s', (from, to) => {
  it('nothing of a conversation is lost, there and back', () => {
    fc.assert(
      fc.property(conversation, (wanted) => {
        const target = { model: 'm', reasoningState: 'foreign' as const };
        const pass = (by: string, request: ChatRequest) => {
          const sent = translatorOf(by).encodeRequest(request, target);
          return { ...sent, read: translatorOf(by).decodeRequest(sent.body, sent.path) };
        };
        const there = pass(to, pass(from, wanted).read);
        expect(said(there.read.turns)).toEqual(said(wanted.turns));
        expect(said(pass(from, there.read).read.turns)).toEqual(said(wanted.turns));
      }),
      { numRuns: 100 },
    );
  });
});

it.each([...translators.keys()])(
  'reasoning in a conversation is kept, or reported as left out, by %s',
  (to) => {
    fc.assert(
      fc.property(conversation, (wanted) => {
        const target = { model: 'm', reasoningState: 'foreign' as const };
        const { body, dropped } = translatorOf(to).encodeRequest(wanted, target);
        const isLost = JSON.stringify(wanted).includes('thought ') && !body.includes('thought ');
        const isReported = dropped.some(({ name }) => name === 'reasoning in history');
        expect(isReported).toBe(isLost);
      }),
      { numRuns: 100 },
    );
  },
);
