import type { OAuthClient, ServiceAccountKey, TokenLogin } from '../oauth/types.ts';
import type { Secret } from '../secret.ts';

/** What an account proves itself with. `none` is for a local server that asks for nothing. */
export type Credential =
  | OAuthCredential
  | ApiKeyCredential
  | CommandCredential
  | ServiceAccountCredential
  | { readonly kind: 'none' };

export interface OAuthCredential {
  readonly kind: 'oauth';
  readonly refreshToken?: Secret;
  readonly accessToken?: Secret;
  /** Milliseconds since the epoch; absent where the provider did not say. */
  readonly expiresAt?: number;
  /** When the access token was handed out, in milliseconds since the epoch: its age is measured from here. */
  readonly issuedAt?: number;
  /** Which of the provider's ways it came by: it is refreshed the same way. Absent in what older versions stored. */
  readonly login?: TokenLogin['kind'];
  /** The application that the person registered, where the provider's file names none: tokens are bound to it. */
  readonly client?: OAuthClient;
}

/** A token that a vendor's own tool prints whenever one is needed; the token itself is never stored. */
export interface CommandCredential {
  readonly kind: 'command';
  /** The program and its words, run without a shell. */
  readonly argv: readonly string[];
  /** For how long a printed token is used, in milliseconds, where the tool does not say. */
  readonly lifetimeMs: number;
}

/** The key of a service account, by which a token is asked for whenever one is needed; the token itself is never stored. */
export interface ServiceAccountCredential extends ServiceAccountKey {
  readonly kind: 'serviceAccount';
}

export interface ApiKeyCredential {
  readonly kind: 'apiKey';
  readonly key: Secret;
}
