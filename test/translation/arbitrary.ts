import * as fc from 'fast-check';
import type { ChatAnswer } from '../../src/chat/answer.ts';
import type { ChatEvent } from '../../src/chat/event.ts';
import type { AssistantPart, ToolCallPart } from '../../src/chat/part.ts';
import type { ChatRequest, FunctionTool, Turn } from '../../src/chat/request.ts';

/** Text of any writing, that is more than space; line breaks stand between texts and not in them. */
export const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((value) => `«${value.replace(/[\r\n\u2028\u2029]/g, ' ')}»`);

const argumentsText = fc
  .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));

/** Also names that no protocol takes as they are. */
const toolName = fc.oneof(
  fc.constantFrom('read_file', 'grep', 'ls'),
  fc.constantFrom(
    'mcp.server/read file',
    'mcp_server_read_file',
    '1st',
    'x'.repeat(80),
    `${'x'.repeat(79)}y`,
  ),
);

function call(id: string): fc.Arbitrary<ToolCallPart> {
  return fc
    .record({ name: toolName, input: argumentsText })
    .map((called) => ({ type: 'tool-call', id, kind: 'function', ...called }));
}

const said: fc.Arbitrary<readonly AssistantPart[]> = fc
  .tuple(fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }))
  .map(([reasoning, answer]): readonly AssistantPart[] => [
    ...(reasoning === undefined ? [] : [{ type: 'reasoning' as const, text: reasoning }]),
    ...(answer === undefined ? [] : [{ type: 'text' as const, text: answer }]),
  ]);

const calls = fc
  .nat({ max: 3 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, nth) => call(`call_${nth}`))));

const usage = fc
  .tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999))
  .map(([cached, fresh, thought, told]) => ({
    inputTokens: cached + fresh,
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
    outputTokens: thought + told,
    reasoningTokens: thought,
  }));

/** In the order that every protocol can tell: reasoning, text, calls. For any other see `arbitrary-answer.ts`. */
export const answer: fc.Arbitrary<ChatAnswer> = fc
  .tuple(said, calls, usage, fc.constantFrom('end' as const, 'length' as const))
  .map(([words, called, used, reason]) => ({
    id: 'answer',
    model: 'm',
    parts: [...words, ...called],
    usage: used,
    finish: { reason: called.length > 0 ? 'tool-calls' : reason },
  }));

/** The events of an answer whose calls come side by side, in pieces of any size, in any order. */
export const interleaved: fc.Arbitrary<{
  readonly calls: readonly ToolCallPart[];
  readonly events: readonly ChatEvent[];
}> = fc.tuple(calls, fc.array(fc.nat(99), { minLength: 1, maxLength: 40 })).map(([called, order]) => {
  const rest = called.map(({ input }, index) => ({ index, input }));
  const deltas: ChatEvent[] = [];
  let turn = 0;
  while (rest.length > 0) {
    const step = order[turn % order.length] ?? 0;
    const at = step % rest.length;
    const next = rest[at];
    turn += 1;
    if (!next) break;
    const length = 1 + (step % 5);
    deltas.push({ type: 'tool-call-delta', index: next.index, text: next.input.slice(0, length) });
    next.input = next.input.slice(length);
    if (next.input === '') rest.splice(at, 1);
  }
  const start: ChatEvent = { type: 'message-start', id: 'answer', model: 'm' };
  const starts = called.map(({ id, name, kind }, index): ChatEvent => ({
    type: 'tool-call-start',
    index,
    id,
    name,
    kind,
  }));
  const ends = called.map((_, index): ChatEvent => ({ type: 'tool-call-end', index }));
  return {
    calls: called,
    events: [
      start,
      ...starts,
      ...deltas,
      ...ends,
      { type: 'usage', usage: {} },
      { type: 'finish', reason: 'tool-calls' },
    ],
  };
});

const tool: fc.Arbitrary<FunctionTool> = fc
  .record({ name: toolName, description: text })
  .map(({ name, description }) => ({
    kind: 'function',
    name,
    description,
    parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  }));

/** What the assistant said and called, what the tools answered, and what the user says then. */
const round: fc.Arbitrary<readonly Turn[]> = fc
  .tuple(text, calls, text, text)
  .map(([words, called, result, next]) => [
    { role: 'assistant', parts: [{ type: 'text', text: words }, ...called] },
    ...(called.length === 0
      ? []
      : [
          {
            role: 'tool' as const,
            parts: called.map(({ id }) => ({
              type: 'tool-result' as const,
              callId: id,
              parts: [{ type: 'text' as const, text: result }],
              isError: false,
            })),
          },
        ]),
    { role: 'user', parts: [{ type: 'text', text: next }] },
  ]);

export const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    system: fc.option(text, { nil: undefined }),
    first: text,
    rounds: fc.array(round, { maxLength: 3 }),
    tools: fc.uniqueArray(tool, { maxLength: 4, selector: ({ name }) => name }),
    stream: fc.boolean(),
    maxOutputTokens: fc.integer({ min: 16, max: 9999 }),
  })
  .map(({ system, first, rounds, tools, stream, maxOutputTokens }) => ({
    turns: [
      ...(system === undefined
        ? []
        : [
            {
              role: 'system' as const,
              rank: 'system' as const,
              parts: [{ type: 'text' as const, text: system }],
            },
          ]),
      { role: 'user', parts: [{ type: 'text', text: first }] },
      ...rounds.flat(),
    ],
    tools,
    sampling: {},
    stopSequences: [],
    extras: [],
    stream,
    maxOutputTokens,
  }));

/** A place in a JSON value, and what is put there. */
export const change = fc.record({
  steps: fc.array(fc.nat(99), { minLength: 1, maxLength: 8 }),
  value: fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(undefined, null, '', 0, -1, [], {}, '__proto__', 'constructor'),
  ),
});

export function changed(value: unknown, steps: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  if (Array.isArray(value)) {
    return value.length === 0
      ? replacement
      : value.map((member, at) => (at === step % value.length ? changed(member, rest, replacement) : member));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return replacement;
  return Object.fromEntries(
    entries.map(([key, member], at) => [
      key,
      at === step % entries.length ? changed(member, rest, replacement) : member,
    ]),
  );
}
