/** In settings, routes and extensions. */
export const protocolName = 'anthropic-messages';

/** Whose stored files its ids name. */
export const fileOwner = 'anthropic';

/** In envelopes of reasoning state. */
export const stateSource = 'messages';
