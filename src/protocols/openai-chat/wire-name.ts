/** In settings, routes and extensions. */
export const protocolName = 'openai-chat';

/** Whose stored files its ids name. */
export const fileOwner = 'openai';
