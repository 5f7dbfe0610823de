import type { Duplex } from 'node:stream';

/** How long the other side has to take the last word and close, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Writes the last bytes on a connection and closes it. Half of it stays open for a moment, so that what is still coming
 * in does not turn the last word into a reset; a client that never closes its half keeps nothing of ours.
 */
export function lastWord(socket: Duplex, bytes: string | Buffer): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(bytes);
  socket.resume();
}
