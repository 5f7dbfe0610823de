import type { Secret } from '../secret.ts';

/** A kind of token that its vendor keeps for its own clients, and what a person may use in its place. */
export interface ReservedKind {
  readonly pattern: RegExp;
  readonly explanation: string;
}

/** Claude.ai sign-ins (access, refresh and session tokens): third parties may not use them. */
export const claudeSubscription: ReservedKind = {
  pattern: /^sk-ant-(?:oat|ort|sid)\d*-/,
  explanation:
    'This is a token of a Claude subscription sign-in, which Anthropic reserves for its own applications. ' +
    'Make an API key at https://platform.claude.com/settings/keys and use that.',
};

/** Tokens of ChatGPT and Codex are JSON Web Tokens; an API key of OpenAI never is. */
export const chatGptSession: ReservedKind = {
  pattern: /^eyJ[\w-]+\.[\w-]+\.[\w-]*/,
  explanation:
    'This is a token of a ChatGPT or Codex sign-in, which OpenAI reserves for its own applications. ' +
    'Make an API key at https://platform.openai.com/api-keys and use that.',
};

/** Google access tokens: of Gemini CLI, Code Assist or Antigravity when pasted, and dead within the hour in any case. */
export const googleAccessToken: ReservedKind = {
  pattern: /^ya29\./,
  explanation:
    'This is a Google access token, as Gemini CLI, Code Assist and Antigravity use; Google reserves their sign-in for them, and it ends within the hour. ' +
    'Make an API key at https://aistudio.google.com/apikey and use that.',
};

/** Tokens of the Kimi CLI's sign-in are JSON Web Tokens; an API key of Moonshot never is. */
export const kimiSession: ReservedKind = {
  pattern: /^eyJ[\w-]+\.[\w-]+\.[\w-]*/,
  explanation:
    'This is a token of a Kimi CLI sign-in, which Moonshot reserves for its own applications. ' +
    'Make an API key at https://platform.moonshot.ai/console/api-keys and use that.',
};

/** Tokens of the Grok CLI's sign-in are JSON Web Tokens; an API key of xAI never is. */
export const grokSession: ReservedKind = {
  pattern: /^eyJ[\w-]+\.[\w-]+\.[\w-]*/,
  explanation:
    'This is a token of a Grok CLI sign-in, which xAI reserves for its own applications. ' +
    'Make an API key at https://console.x.ai and use that.',
};

/** Copilot's own tokens are lists of terms (`tid=…;exp=…`); they are for its own clients alone, whatever they are sent to. */
export const copilotToken: ReservedKind = {
  pattern: /^tid=[\w-]+;/,
  explanation:
    'This is a token of GitHub Copilot, which GitHub reserves for its own applications. ' +
    'Use a provider of the models themselves; `proxy providers` lists those there are.',
};

/** Wherever they are sent to; what else is reserved depends on the provider. */
const everywhere = [claudeSubscription, copilotToken];

/** Why a pasted key is not taken, with what is allowed instead; `undefined` where it is. The sentence never holds the key. */
export function refuseReserved(secret: Secret, kinds: readonly ReservedKind[] = []): string | undefined {
  const value = secret
    .reveal()
    .trim()
    .replace(/^Bearer\s+/i, '');
  return [...kinds, ...everywhere].find((kind) => kind.pattern.test(value))?.explanation;
}
