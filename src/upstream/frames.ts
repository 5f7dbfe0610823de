const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a stream of server-sent events at event boundaries and nowhere else, without changing a byte. What is handed
 * on then always ends where an event ends, so that an error event can be put after it and be understood.
 * Push-style and synchronous; the grammar is that of the HTML standard, "Server-sent events".
 */
export interface FrameAligner {
  /** The bytes up to the last complete event, if there is one. */
  push(chunk: Buffer): Buffer | undefined;
  /** What came after the last complete event. */
  remainder(): Buffer;
}

/** @param maxFrameBytes an event longer than this is handed on in pieces rather than held */
export function makeFrameAligner(maxFrameBytes = 8 * 1024 * 1024): FrameAligner {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** The last bytes since the last boundary, also after they were handed on: a boundary may straddle two chunks. */
  let seam: Buffer = Buffer.alloc(0);

  function take(upTo: Buffer): Buffer {
    const whole = heldBytes === 0 ? upTo : Buffer.concat([...held, upTo]);
    held = [];
    heldBytes = 0;
    return whole;
  }

  function hold(rest: Buffer): void {
    if (rest.length === 0) return;
    held.push(rest);
    heldBytes += rest.length;
    seam =
      rest.length >= 3 || seam.length === 0 ? rest.subarray(-3) : Buffer.concat([seam, rest]).subarray(-3);
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return undefined;
      const end = seam.length === 0 ? lastBoundary(chunk) : boundaryAfterSeam(seam, chunk);
      if (end === 0) {
        hold(chunk);
        return heldBytes > maxFrameBytes ? take(Buffer.alloc(0)) : undefined;
      }
      const whole = take(chunk.subarray(0, end));
      seam = Buffer.alloc(0);
      hold(chunk.subarray(end));
      return whole;
    },
    remainder: () => Buffer.concat(held),
  };
}

function boundaryAfterSeam(seam: Buffer, chunk: Buffer): number {
  const end = lastBoundary(Buffer.concat([seam, chunk]));
  return Math.max(0, end - seam.length);
}

/** Where the last blank line ends; 0 where there is none. */
function lastBoundary(bytes: Buffer): number {
  for (let at = bytes.length - 1; at > 0; at -= 1) {
    const byte = bytes[at];
    if (byte === LF) {
      const before = bytes[at - 1];
      if (before === LF || (before === CR && bytes[at - 2] === LF)) return at + 1;
    } else if (byte === CR && bytes[at - 1] === CR) {
      return at + 1;
    }
  }
  return 0;
}

/** The `data` of each event in a piece that holds whole events; comments and other fields are passed over. */
export function readData(frames: Buffer): readonly string[] {
  const events: string[] = [];
  let lines: string[] = [];
  for (const line of frames
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (lines.length > 0) events.push(lines.join('\n'));
      lines = [];
    } else if (line === 'data' || line.startsWith('data:')) {
      lines.push(line.slice('data:'.length).replace(/^ /, ''));
    }
  }
  if (lines.length > 0) events.push(lines.join('\n'));
  return events;
}

/** Whether the data of an event is all there, though the blank line that ends it is not: a JSON text, or a word. */
export function isWholeEvent(bytes: Buffer): boolean {
  return readData(bytes).every((data) => !/^\s*\{/.test(data) || isJson(data));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
