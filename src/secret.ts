import { createHash, timingSafeEqual } from 'node:crypto';

const REDACTED = '[secret]';

/**
 * A credential in memory. Printing, logging, serialising or inspecting one gives a redaction; the value itself
 * is handed out by {@link Secret.reveal} alone, and `test/architecture.test.ts` lists the few files that may call it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for the wire and the credential store, never for a message. */
  reveal(): string {
    return this.#value;
  }

  get isEmpty(): boolean {
    return this.#value === '';
  }

  /** Compares in constant time. Only the length can be learnt from it, which is no secret of the keys that we make. */
  equals(candidate: string): boolean {
    const own = Buffer.from(this.#value);
    const other = Buffer.from(candidate);
    return own.length === other.length && timingSafeEqual(own, other);
  }

  /** Eight hexadecimal digits by which a person can tell two secrets apart; nothing can be computed back from them. */
  fingerprint(): string {
    return createHash('sha256').update(this.#value).digest('hex').slice(0, 8);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
