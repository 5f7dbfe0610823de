import type { Secret } from '../secret.ts';

/** What an account proves itself with. `none` is for a local server that asks for nothing. */
export type Credential = OAuthCredential | ApiKeyCredential | { readonly kind: 'none' };

export interface OAuthCredential {
  readonly kind: 'oauth';
  readonly refreshToken?: Secret;
  readonly accessToken?: Secret;
  /** Milliseconds since the epoch; absent where the provider did not say. */
  readonly expiresAt?: number;
  /** When the access token was handed out, in milliseconds since the epoch: its age is measured from here. */
  readonly issuedAt?: number;
}

export interface ApiKeyCredential {
  readonly kind: 'apiKey';
  readonly key: Secret;
}
