import { unsignedIdToken } from '../oauth-server/odd-server.ts';
import type { Granted, VendorShape } from './authorization-server.ts';

function idToken(iss: string, { clientId, nonce }: Granted, claims: object): { id_token: string } {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    id_token: unsignedIdToken({
      iss,
      aud: clientId,
      iat: nowSeconds,
      exp: nowSeconds + 3600,
      ...(nonce !== undefined && { nonce }),
      ...claims,
    }),
  };
}

/** developers.google.com/identity/protocols/oauth2/native-app; its refresh token stays the same, and an answer to it brings none. */
export const google: VendorShape = {
  published: {
    '/.well-known/openid-configuration': {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    },
  },
  tokenPath: '/token',
  wantsSecret: true,
  refresh: 'kept',
  answer: (granted) => ({
    access_token: `ya29.${granted.accessToken}`,
    expires_in: 3599,
    ...(granted.refreshToken !== undefined && { refresh_token: granted.refreshToken }),
    scope:
      'https://www.googleapis.com/auth/cloud-platform openid https://www.googleapis.com/auth/userinfo.email',
    token_type: 'Bearer',
    ...idToken('https://accounts.google.com', granted, {
      sub: '110169484474386276334',
      email: 'ada@gmail.com',
    }),
  }),
  refuse: (error) => ({
    error,
    error_description:
      error === 'invalid_grant' ? 'Token has been expired or revoked.' : 'client_secret is missing.',
  }),
  resources: {
    '/v1beta1/publishers/google/models': { publisherModels: [{ name: 'publishers/google/models/gemini-1' }] },
    '/v1beta/models': {
      models: [{ name: 'models/gemini-1', supportedGenerationMethods: ['generateContent'] }],
    },
  },
};

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

/** learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, …/v2-oauth2-device-code, …/reference-error-codes */
export const entra: VendorShape = {
  tokenPath: '/contoso.onmicrosoft.com/oauth2/v2.0/token',
  devicePath: '/contoso.onmicrosoft.com/oauth2/v2.0/devicecode',
  refresh: 'rotated',
  answer: (granted) => ({
    token_type: 'Bearer',
    scope: 'https://cognitiveservices.azure.com/.default',
    expires_in: 3736,
    ext_expires_in: 3736,
    access_token: `eyJhbGciOiJSUzI1NiJ9.${granted.accessToken}.c2lnbmF0dXJl`,
    ...(granted.refreshToken !== undefined && { refresh_token: granted.refreshToken }),
    ...idToken(`https://login.microsoftonline.com/${TENANT}/v2.0`, granted, {
      sub: `pairwise-of-${granted.clientId}`,
      oid: '6467882c-fdfd-4354-a1ed-4e13f064be25',
      tid: TENANT,
      preferred_username: 'ada@contoso.com',
    }),
  }),
  refuse: (error) => ({
    error,
    error_description: `AADSTS700082: It is refused (${error}). Trace ID: 255d1aef Correlation ID: b9ff2461 Timestamp: 2026-11-20 02:02:12Z`,
    error_codes: [700082],
    timestamp: '2026-11-20 02:02:12Z',
    trace_id: '255d1aef-8c98-452f-ac51-23d051240864',
    correlation_id: 'b9ff2461-7cfb-43c0-a8b9-6d4e1c1e2c2f',
  }),
  startDevice: ({ deviceCode, userCode }) => ({
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: 'https://microsoft.com/devicelogin',
    expires_in: 900,
    interval: 1,
    message: `To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code ${userCode} to authenticate.`,
  }),
  resources: { '/openai/v1/models': { object: 'list', data: [{ id: 'my-deployment' }] } },
};

/** huggingface.co/docs/hub/oauth: eight hours, and no word of a refresh token for applications without a secret. */
export const huggingFace: VendorShape = {
  published: {
    '/.well-known/openid-configuration': {
      issuer: 'https://huggingface.co',
      authorization_endpoint: 'https://huggingface.co/oauth/authorize',
      token_endpoint: 'https://huggingface.co/oauth/token',
      device_authorization_endpoint: 'https://huggingface.co/oauth/device',
      id_token_signing_alg_values_supported: ['RS256'],
    },
  },
  tokenPath: '/oauth/token',
  refresh: 'none',
  answer: (granted) => ({
    access_token: `hf_oauth_${granted.accessToken}`,
    token_type: 'bearer',
    expires_in: 28_800,
    scope: 'openid profile email inference-api',
    ...idToken('https://huggingface.co', granted, { sub: '5f17f0a0925b9863e28ad517', name: 'Ada' }),
  }),
  refuse: (error) => ({ error, error_description: 'Refused.' }),
  resources: {
    '/api/whoami-v2': { type: 'user', name: 'ada' },
    '/v1/models': { object: 'list', data: [{ id: 'acme/one' }] },
  },
};

/** creator.poe.com/docs/external-applications/sign-in-with-poe: a key with an end, under names of its own. */
export const poe: VendorShape = {
  tokenPath: '/token',
  refresh: 'none',
  answer: ({ accessToken }) => ({ api_key: `poe-${accessToken}`, api_key_expires_in: 2_592_000 }),
  refuse: (error) => ({ error, error_description: 'Refused.' }),
  resources: { '/v1/models': { object: 'list', data: [{ id: 'Acme-One' }] } },
};
