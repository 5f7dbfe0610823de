import type { FrameAligner } from './frames.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Cuts a JSON array that comes bit by bit behind its elements and nowhere else, without changing a byte. The bracket
 * that closes the array is never handed on by `push`: it stays in the remainder, so that one more element can be put
 * before the end. A lone object counts as an element.
 * @param maxElementBytes an element longer than this is handed on in pieces rather than held
 */
export function makeElementAligner(maxElementBytes = 8 * 1024 * 1024): FrameAligner {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let depth = 0;
  /** The depth between two elements: 1 inside of an array. */
  let base: number | undefined;
  let inString = false;
  let escaped = false;

  /** Goes on through a chunk. @returns where the last element in it ends; 0 where none does */
  function walk(chunk: Buffer): number {
    let end = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        base ??= byte === OPEN_BRACKET ? 1 : 0;
        depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth === base) end = at + 1;
      }
    }
    return end;
  }

  function hold(bytes: Buffer): void {
    if (bytes.length > 0) held.push(bytes);
    heldBytes += bytes.length;
  }

  function take(): Buffer {
    const whole = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return whole;
  }

  return {
    push(chunk) {
      const end = walk(chunk);
      if (end === 0) {
        hold(chunk);
        return heldBytes > maxElementBytes ? take() : undefined;
      }
      hold(chunk.subarray(0, end));
      const whole = take();
      hold(chunk.subarray(end));
      return whole;
    },
    remainder: () => Buffer.concat(held),
  };
}

/** Each element in a piece that holds whole ones, as its JSON text. */
export function readElements(piece: Buffer): readonly string[] {
  const text = piece.toString('utf8').replace(/^[\s,[]+/, '');
  if (text === '') return [];
  try {
    return (JSON.parse(`[${text}]`) as readonly unknown[]).map((element) => JSON.stringify(element));
  } catch {
    return [text];
  }
}
