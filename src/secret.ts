import { timingSafeEqual } from 'node:crypto';

const REDACTED = '[secret]';

/** Shorter ones stand by chance in any text. */
const LEAST_MASKED = 6;

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

  /**
   * What a server says, without the secret that it was sent and may repeat: as it is, in JSON, in an address or in base64.
   * For each text of an upstream that becomes a word of ours.
   */
  maskIn(text: string): string {
    return maskValue(text, this.#value);
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

/** As {@link Secret.maskIn}, where the value is at hand. One of less than six characters is left as it is. */
export function maskValue(text: string, value: string): string {
  if (value.length < LEAST_MASKED) return text;
  return encodingsOf(value).reduce((masked, form) => masked.replaceAll(form, REDACTED), text);
}

function encodingsOf(value: string): readonly string[] {
  const inAddress = encodeURIComponent(value);
  const inJson = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].map((shift) => {
    const bytes = Buffer.from('\0'.repeat(shift) + value);
    // The digits that come from the value alone, whatever stands before and after it.
    return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
  return [
    value,
    inJson,
    inJson.replaceAll('/', String.raw`\/`),
    inAddress,
    inAddress.replaceAll(/%../g, (code) => code.toLowerCase()),
    ...base64,
    ...base64.map((digits) => digits.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}
