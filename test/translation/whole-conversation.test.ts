import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest, Turn } from '../../src/chat/request.ts';
import { pairs, translatorOf } from './translators.ts';

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

/** What was said and shown; reasoning is a maker's own, and its loss is reported. */
function said({ turns }: ChatRequest): readonly string[] {
  return turns.flatMap(({ parts }) =>
    parts.flatMap((part): readonly string[] => {
      if (part.type === 'text') return [part.text];
      if (part.type === 'image' && part.source.kind === 'base64') return [part.source.data];
      if (part.type === 'tool-call') return [/word\d+z/.exec(part.input)?.[0] ?? ''];
      if (part.type === 'tool-result')
        return part.parts.flatMap((one) => (one.type === 'text' ? [one.text] : []));
      return [];
    }),
  );
}

describe.each(pairs)('from %s to %s', (from, to) => {
  it('nothing of a conversation is lost, and what is left out is reported', () => {
    fc.assert(
      fc.property(conversation, (wanted) => {
        const target = { model: 'm', reasoningState: 'foreign' as const };
        const sent = translatorOf(from).encodeRequest(wanted, target);
        const read = translatorOf(from).decodeRequest(sent.body, sent.path);
        const passed = translatorOf(to).encodeRequest(read, target);
        const missing = said(wanted).filter((one) => !passed.body.includes(one));
        expect(missing).toEqual([]);
        const hadThoughts = read.turns.some(({ parts }) => parts.some(({ type }) => type === 'reasoning'));
        const keepsThoughts = passed.body.includes('thought ');
        expect(keepsThoughts || !hadThoughts || passed.dropped.length > 0).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
