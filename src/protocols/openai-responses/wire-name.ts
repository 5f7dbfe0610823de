/** In settings, routes and extensions. */
export const protocolName = 'openai-responses';

/** In envelopes of reasoning state. */
export const stateSource = 'responses';

/** Whose stored files its ids name. */
export const fileOwner = 'openai';

/** In `include`: asks how likely each token was. */
export const LOGPROBS = 'message.output_text.logprobs';
