/** Keeps the last few kilobytes of a stream by reference, so that its end can be judged without looking at each event. */
export interface Tail {
  push(bytes: Buffer): void;
  bytes(): readonly Buffer[];
}

const KEPT_BYTES = 16_384;

export function makeTail(): Tail {
  let older: Buffer[] = [];
  let newer: Buffer[] = [];
  let newerBytes = 0;
  return {
    push(bytes) {
      newer.push(bytes);
      newerBytes += bytes.length;
      if (newerBytes < KEPT_BYTES) return;
      older = newer;
      newer = [];
      newerBytes = 0;
    },
    bytes: () => [...older, ...newer],
  };
}
