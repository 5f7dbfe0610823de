import type { LoginMethod } from '../oauth/types.ts';

const CLOUD = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * developers.google.com/identity/protocols/oauth2/native-app: with a client of the type "Desktop app", whose secret must be sent
 * and is not confidential (`--client-file`). Without these parameters there is no refresh token.
 */
export const googleSignIn: LoginMethod = {
  kind: 'authorization-code',
  issuer: 'https://accounts.google.com',
  scopes: [CLOUD, 'openid', 'email'],
  parameters: { access_type: 'offline', prompt: 'consent' },
  // developers.google.com/identity/protocols/oauth2, "Refresh token expiration".
  whenOver:
    'While the consent screen of your application is in "Testing", Google ends every sign-in after seven days: publish it ("In production") in the Google Cloud console.',
};

/** developers.google.com/identity/protocols/oauth2/service-account, with the key that the Google Cloud console downloads. */
export const googleServiceAccount: LoginMethod = { kind: 'service-account', scopes: [CLOUD] };
