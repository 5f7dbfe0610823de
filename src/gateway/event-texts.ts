import { makeFrameAligner, readData } from '../upstream/frames.ts';

/** The bytes of an event stream as the data of its events, for a client that takes them one by one. */
export interface EventTexts {
  push(bytes: Buffer): readonly string[];
  /** What the last event had, should its blank line be missing. */
  end(): readonly string[];
}

export function makeEventTexts(): EventTexts {
  // An event in pieces is no message.
  const aligner = makeFrameAligner(Infinity);
  return {
    push(bytes) {
      const frames = aligner.push(bytes);
      return frames ? readData(frames) : [];
    },
    end: () => readData(aligner.remainder()),
  };
}
