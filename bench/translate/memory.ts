import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ChatEvent } from '../../src/chat/event.ts';
import { makeRestorer } from '../../src/chat/restore.ts';
import type { AnswerContext, Translator } from '../../src/protocols/translator.ts';
import type { ChatRequest } from '../../src/chat/request.ts';

/** Where a look is taken, in shares of the whole stream. */
export const SHARES: readonly number[] = [0.1, 0.5, 1];

/** The heap above what it was before the stream, in bytes, after a full collection at each of the shares. */
export type Growth = readonly number[];

/**
 * Translates a stream of so many pieces of text, each made when its turn comes and let go at once, so that what stays
 * is what the translation keeps.
 * @param from the upstream's
 * @param to the client's
 */
export function measureGrowth(
  from: Translator,
  to: Translator,
  request: ChatRequest,
  pieces: number,
): Growth {
  const context: AnswerContext = { id: 'x', createdAt: 0, model: 'm', request };
  const { restoration } = from.encodeRequest(request, { model: 'm', reasoningState: 'foreign' });
  const wire = wireOf(from, context);
  const [decoder, restorer, client] = [
    from.decodeStream(),
    makeRestorer(restoration),
    to.encodeStream(context),
  ];
  const translate = (data: string) => {
    for (const event of decoder.feed(data))
      for (const restored of restorer.feed(event)) client.feed(restored);
  };
  const looks = SHARES.map((share) => Math.round(share * pieces));
  const growth: number[] = [];
  for (const data of wire.opening) translate(data);
  const before = heapBytes();
  for (let nth = 1; nth <= pieces; nth += 1) {
    translate(wire.piece(nth));
    if (looks.includes(nth)) growth.push(heapBytes() - before);
  }
  return growth;
}

interface Wire {
  readonly opening: readonly string[];
  /** Of one length, whichever it is: memory is compared, not texts. */
  piece(nth: number): string;
}

const MARK = ' 0000000';

/** What an upstream sends, without keeping any of it: its own encoder would hold what it has said. */
function wireOf(from: Translator, context: AnswerContext): Wire {
  const encoder = from.encodeStream(context);
  const written = (event: ChatEvent) => encoder.feed(event).map(({ data }) => data);
  const opening = [
    ...written({ type: 'message-start', id: 'answer', model: 'm' }),
    ...written({ type: 'text-start', index: 0 }),
  ];
  const [first, template] = [1, 2].map(() => written({ type: 'text-delta', index: 0, text: MARK }));
  const frames = template ?? [];
  const data = frames[0];
  if (frames.length !== 1 || data === undefined) throw new Error(`${from.name} has no piece of one event.`);
  return {
    opening: [...opening, ...(first ?? [])],
    piece: (nth) => data.replace(MARK, ` ${String(nth).padStart(MARK.length - 1, '0')}`),
  };
}

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const run: unknown = runInNewContext('gc');
  if (typeof run !== 'function') throw new Error('This Node cannot be told to collect.');
  run();
  run();
}
