import { maskValue } from '../secret.ts';

const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const longest = 200;

/**
 * What a provider says, made fit for a message on a terminal: printable characters only, at most 200, and without
 * any of `secrets`, which a server may echo. Empty where it says nothing.
 */
export function providerWords(words: unknown, secrets: readonly string[] = []): string {
  if (typeof words !== 'string') return '';
  let text = words;
  for (const secret of secrets) {
    text = maskValue(text, secret);
  }
  const printable = text.replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim();
  return Array.from(printable).slice(0, longest).join('');
}

/** An OAuth error code and its description (RFC 6749 §5.2) as one phrase, for example `invalid_grant: code expired`. */
export function errorPhrase(code: unknown, description: unknown, secrets: readonly string[] = []): string {
  return [providerWords(code, secrets), providerWords(description, secrets)]
    .filter((part) => part !== '')
    .join(': ');
}
