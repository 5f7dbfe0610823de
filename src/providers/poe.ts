import type { LoginMethod } from '../oauth/types.ts';
import { bearerProvider } from './bearer-provider.ts';

/**
 * creator.poe.com/docs/external-applications/sign-in-with-poe: with a client of one's own, which needs no registered address for
 * `localhost`. What it gives is a key with an end, and nothing to renew it by.
 */
const signIn: LoginMethod = {
  kind: 'authorization-code',
  authorizationEndpoint: 'https://poe.com/oauth/authorize',
  tokenEndpoint: 'https://api.poe.com/token',
  scopes: ['apikey:create'],
  redirect: { host: 'localhost' },
  answerNames: { accessToken: 'api_key', expiresIn: 'api_key_expires_in' },
};

/** creator.poe.com/docs/external-applications/openai-compatible-api, …/anthropic-compatible-api, creator.poe.com/api-reference/errors */
export const poe = bearerProvider({
  id: 'poe',
  label: 'Poe',
  base: 'https://api.poe.com/v1',
  responses: true,
  messagesBase: 'https://api.poe.com',
  login: [{ kind: 'api-key', page: 'https://poe.com/api/keys', variable: 'POE_API_KEY' }, signIn],
  terms: {
    kind: 'unknown',
    note: 'What its terms say about several accounts was not established.',
    link: 'https://poe.com/api_terms',
    checked: '2026-11-20',
  },
});
