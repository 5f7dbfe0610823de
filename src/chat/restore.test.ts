import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from './answer.ts';
import { wrapCustomInput } from './arguments.ts';
import { makeCustomInput } from './custom-input.ts';
import type { ChatEvent } from './event.ts';
import { makeRestorer, type Restoration } from './restore.ts';

/** A text in pieces: cut behind as many characters as each number says. */
function pieces(text: string, lengths: readonly number[]): readonly string[] {
  const out: string[] = [];
  let rest = text;
  for (let turn = 0; rest !== ''; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    out.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return out;
}

const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });

function restored(restoration: Partial<Restoration>, events: readonly ChatEvent[]): readonly ChatEvent[] {
  const restorer = makeRestorer({ toolNames: new Map(), cutAt: [], ...restoration });
  return [...events.flatMap((event) => restorer.feed(event)), ...restorer.end()];
}

function said(text: readonly string[]): readonly ChatEvent[] {
  return [
    { type: 'message-start' },
    { type: 'text-start', index: 0 },
    ...text.map((piece): ChatEvent => ({ type: 'text-delta', index: 0, text: piece })),
    { type: 'text-end', index: 0 },
    { type: 'finish', reason: 'end' },
  ];
}

describe('the free text of a custom tool', () => {
  it('comes out of the arguments whole, wherever they are cut', () => {
    fc.assert(
      fc.property(anyText, lengths, (text, cuts) => {
        const input = makeCustomInput();
        const out = pieces(wrapCustomInput(text), cuts).map((piece) => input.feed(piece));
        expect(out.join('') + input.end()).toBe(text);
      }),
    );
  });

  it('is never handed on with half a character', () => {
    const input = makeCustomInput();
    const out = ['{"input":"\\ud8', '3d', '\\ude00', '"}'].map((piece) => input.feed(piece));
    expect(out).toEqual(['', '', '😀', '']);
  });

  it.each([
    ['{"other":1}', '{"other":1}'],
    ['plain text', 'plain text'],
    ['{"first":1,"input":"x"}', 'x'],
  ])('is what can be made of %s', (told, expected) => {
    const input = makeCustomInput();
    expect(input.feed(told) + input.end()).toBe(expected);
  });

  it('is what the client gets, under its own name for the tool', () => {
    const toolNames = new Map([['git__patch', { name: 'patch', namespace: 'git', kind: 'custom' as const }]]);
    const events = restored({ toolNames }, [
      { type: 'tool-call-start', index: 0, id: 'a', name: 'git__patch', kind: 'function' },
      { type: 'tool-call-delta', index: 0, text: '{"input":"a\\' },
      { type: 'tool-call-delta', index: 0, text: 'nb"}' },
      { type: 'tool-call-end', index: 0 },
    ]);
    expect(foldAnswer(events).parts).toEqual([
      { type: 'tool-call', id: 'a', name: 'patch', namespace: 'git', kind: 'custom', input: 'a\nb' },
    ]);
  });
});

describe('a stop sequence that the upstream was not asked to obey', () => {
  it('ends the text before it, wherever the text is cut', () => {
    const text = fc
      .array(fc.constantFrom('E', 'N', 'D', ' '), { maxLength: 20 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(text, lengths, (told, cuts) => {
        const answer = foldAnswer(restored({ cutAt: ['END'] }, said(pieces(told, cuts))));
        const [expected = '', ...more] = told.split('END');
        expect(answer.parts).toEqual([{ type: 'text', text: expected }]);
        expect(answer.finish).toMatchObject(
          more.length > 0 ? { reason: 'stop-sequence', stopSequence: 'END' } : { reason: 'end' },
        );
      }),
    );
  });

  const stopped = { type: 'finish', reason: 'stop-sequence', stopSequence: '.' };

  it('is the last of the answer', () => {
    const events = restored({ cutAt: ['.'] }, said(['one. two', ' three']));
    expect(events.at(-1)).toEqual(stopped);
  });

  it('leaves what was used, and what was open before it, but nothing that begins behind it', () => {
    const call = (index: number): readonly ChatEvent[] => [
      { type: 'tool-call-start', index, id: `call_${index}`, name: 'f', kind: 'function' },
    ];
    const events = restored({ cutAt: ['.'] }, [
      { type: 'message-start' },
      ...call(0),
      { type: 'text-start', index: 1 },
      { type: 'text-delta', index: 1, text: 'one. two' },
      { type: 'text-end', index: 1 },
      { type: 'tool-call-delta', index: 0, text: '{}' },
      { type: 'tool-call-end', index: 0 },
      ...call(2),
      { type: 'tool-call-end', index: 2 },
      { type: 'usage', usage: { outputTokens: 9 } },
      { type: 'finish', reason: 'tool-calls' },
    ]);
    const { parts, usage, finish } = foldAnswer(events);
    expect(parts).toMatchObject([{ type: 'tool-call', input: '{}' }, { text: 'one' }]);
    expect([usage, finish?.reason]).toEqual([{ outputTokens: 9 }, 'stop-sequence']);
    expect(events.filter(({ type }) => type.endsWith('-end'))).toHaveLength(2);
  });

  it('makes a whole answer of one that fails or stops short behind it', () => {
    const cut = said(['one. two']).slice(0, 3);
    const failure = { kind: 'bad-upstream', message: 'No.' } as const;
    for (const events of [cut, [...cut, { type: 'failure', failure } as const]])
      expect(restored({ cutAt: ['.'] }, events).at(-1)).toEqual(stopped);
  });
});

describe('calls', () => {
  const call = (index: number, id: string, name: string): readonly ChatEvent[] => [
    { type: 'tool-call-start', index, id, name, kind: 'function' },
    { type: 'tool-call-delta', index, text: '{}' },
    { type: 'tool-call-end', index },
  ];
  const calling = (...calls: readonly ChatEvent[]) =>
    restored({}, [{ type: 'message-start' }, ...calls, { type: 'finish', reason: 'tool-calls' }]);

  it('of one id are told apart by ids of their own, the same every time', () => {
    const twice = () => calling(...call(0, 'a', 'f'), ...call(1, 'a', 'f'), ...call(2, 'b', 'f'));
    const ids = foldAnswer(twice()).parts.map((part) => part.type === 'tool-call' && part.id);
    expect(ids).toEqual(['a', expect.stringMatching(/^call_\w{24}$/), 'b']);
    expect(twice()).toEqual(twice());
  });

  it('without a name are a failure, behind which nothing comes', () => {
    const told = calling(...call(0, 'a', 'f'), ...call(1, 'b', ''));
    expect(told.at(-1)).toMatchObject({ type: 'failure', failure: { code: 'malformed_function_call' } });
    expect(told.filter(({ type }) => type === 'finish')).toEqual([]);
  });
});
