import type { LoginMethod } from '../oauth/types.ts';

/**
 * developers.google.com/identity/protocols/oauth2/native-app: with a client of the type "Desktop app", whose secret must be sent
 * and is not confidential (`--client-file`). Without these parameters there is no refresh token.
 */
export const googleSignIn: LoginMethod = {
  kind: 'authorization-code',
  issuer: 'https://accounts.google.com',
  scopes: ['https://www.googleapis.com/auth/cloud-platform', 'openid', 'email'],
  parameters: { access_type: 'offline', prompt: 'consent' },
  // developers.google.com/identity/protocols/oauth2, "Refresh token expiration".
  whenOver:
    'While the consent screen of your application is in "Testing", Google ends every sign-in after seven days: publish it ("In production") in the Google Cloud console.',
};
