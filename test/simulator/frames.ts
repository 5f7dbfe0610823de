import type { Manner } from './behaviour.ts';

/** What an event does in its stream, whatever the protocol: faults leave events out by it. */
export type FrameRole = 'opening' | 'content' | 'finish' | 'usage' | 'end' | 'error';

export interface Frame {
  readonly role: FrameRole;
  /** The `event:` line, in protocols that have one. */
  readonly event?: string;
  readonly data: string;
}

/** Each event as the bytes of one write, with the comments and line ends that are asked for. */
export function renderFrames(frames: readonly Frame[], manner: Manner): Buffer[] {
  const end = manner.lineEnd ?? '\n';
  const comment = manner.comment === undefined ? '' : `: ${manner.comment}${end}${end}`;
  return frames.map((frame, index) => {
    const bom = manner.bom === true && index === 0 ? '\uFEFF' : '';
    const event = frame.event === undefined ? '' : `event: ${frame.event}${end}`;
    return Buffer.from(`${bom}${comment}${event}data: ${frame.data}${end}${end}`);
  });
}

/** A stream as one JSON array, an element a write; the bracket that closes it comes by itself. */
export function renderArray(frames: readonly Frame[]): Buffer[] {
  const elements = frames.map(({ data }, index) => Buffer.from(`${index === 0 ? '[' : ',\r\n'}${data}`));
  return elements.length === 0 ? [Buffer.from('[]')] : [...elements, Buffer.from('\n]\n')];
}

/** The same bytes in other pieces, where the manner says so. */
export function recut(pieces: readonly Buffer[], manner: Manner): readonly Buffer[] {
  if (manner.cutAt === undefined && manner.pieceBytes === undefined) return pieces;
  const whole = Buffer.concat(pieces);
  const offsets =
    typeof manner.cutAt === 'object' ? manner.cutAt : everyBytes(whole.length, manner.pieceBytes ?? 1);
  const cuts = [...new Set(offsets)].filter((at) => at > 0 && at < whole.length).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => whole.subarray(from, cuts[index] ?? whole.length));
}

function everyBytes(length: number, step: number): number[] {
  return Array.from({ length: Math.floor(length / step) }, (_, index) => (index + 1) * step);
}

/** The text in pieces that add up to it: word by word, or as many and as large as is asked for. */
export function splitText(text: string, chunks?: number, chunkBytes?: number): string[] {
  if (text === '') return [];
  if (chunkBytes !== undefined) {
    const count = chunks ?? Math.ceil(text.length / chunkBytes);
    const filled = fill(text, count * chunkBytes);
    return Array.from({ length: count }, (_, index) =>
      filled.slice(index * chunkBytes, (index + 1) * chunkBytes),
    );
  }
  if (chunks === undefined) return text.split(/(?=\s)/u);
  const points = Array.from(text.length < chunks ? fill(text, chunks) : text);
  return Array.from({ length: chunks }, (_, index) =>
    points
      .slice(Math.floor((index * points.length) / chunks), Math.floor(((index + 1) * points.length) / chunks))
      .join(''),
  );
}

function fill(text: string, length: number): string {
  return `${text} `.repeat(Math.ceil(length / (text.length + 1))).slice(0, length);
}
