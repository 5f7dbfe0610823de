/** A text that comes in pieces and is wanted whole at the end. */
export interface GrowingText {
  readonly isEmpty: boolean;
  add(piece: string): void;
  /** All of it so far. */
  whole(): string;
}

const MOST_PIECES = 512;

/**
 * V8 keeps a sum of texts as a chain of them, which for the short pieces of a stream takes seven times their characters: joined
 * now and then, a long answer takes little more than what it says.
 */
export function makeGrowingText(): GrowingText {
  const blocks: string[] = [];
  let pieces: string[] = [];
  return {
    get isEmpty() {
      return blocks.length === 0 && pieces.length === 0;
    },
    add(piece) {
      if (piece === '') return;
      pieces.push(piece);
      if (pieces.length < MOST_PIECES) return;
      blocks.push(pieces.join(''));
      pieces = [];
    },
    whole: () => blocks.join('') + pieces.join(''),
  };
}
