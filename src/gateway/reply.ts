/** Where an answer goes: a client's connection, without the web framework's name. Headers are flat: name, value, name, value. */
export interface Reply {
  /** The client hung up, or the answer is complete. */
  readonly closed: boolean;
  /** The connection shows by itself that somebody is there: an answer needs no signs of life between its events. */
  readonly isKeptAlive?: boolean;
  /**
   * Calls once when the client hangs up before the answer is complete; at once where it has already.
   * @returns what takes the listener off again: one request may make many attempts
   */
  onHangUp(listener: () => void): () => void;
  head(status: number, headers: readonly string[]): void;
  /** @returns false where the client reads more slowly than we write: wait for `onDrain` */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  /**
   * Calls once where the client has taken not one byte of what waits for it for so long, in milliseconds; a slow one is
   * let be. What it has taken is told by the system, in steps as large as its buffers.
   * @returns what takes the listener off again
   */
  onStall(afterMs: number, listener: () => void): () => void;
  end(bytes?: Buffer): void;
  /** Breaks the connection off, so that a cut answer cannot be taken for a whole one. */
  destroy(): void;
}
