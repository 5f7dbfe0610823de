/** In settings, routes and extensions. */
export const protocolName = 'gemini';

/** In envelopes of reasoning state. */
export const stateSource = 'gemini';

/** Whose stored files its URIs name. */
export const fileOwner = 'google';

/**
 * In the place of a signature that is not to be had, because another model made the call: the server then does not
 * check it (ai.google.dev/gemini-api/docs/thought-signatures).
 */
export const noSignature = 'skip_thought_signature_validator';

/** Another word for the same, which servers take as well. */
const otherNoSignature = 'context_engineering_is_the_way_to_go';

export function isSignature(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text !== noSignature && text !== otherNoSignature;
}
