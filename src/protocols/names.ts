/** Every wire protocol that a provider's or a setting's addresses may be given for. */
export const protocolNames: readonly string[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
];
