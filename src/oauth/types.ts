import type { Clock } from '../clock.ts';
import type { Secret } from '../secret.ts';

/** The part of the platform's `fetch` that sign-in needs; injected, so that it goes through the same agent and egress proxy as requests. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** The part of the platform's `Response` that is used. Our own client gives no more: the platform's class costs 9 MB when it is first named. */
export interface FetchAnswer {
  readonly status: number;
  /** The status is a success. */
  readonly ok: boolean;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
}

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Always set by this folder: a redirect is given back as it is, for a credential must not follow one (RFC 9700 §4.12). */
  readonly redirect?: 'manual';
}

/** What every way that ends in tokens needs to know of its authorization server, and as whom to speak to it. */
interface AuthorizationServerLogin {
  readonly issuer?: string;
  readonly tokenEndpoint?: string;
  readonly revocationEndpoint?: string;
  readonly userinfoEndpoint?: string;
  readonly clientId?: string;
  /** Of a desktop client: sent where the provider demands it, and not confidential (RFC 8252 §8.5). */
  readonly clientSecret?: Secret;
  readonly scopes?: readonly string[];
  /** Further parameters of the first request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What the token endpoint's answer calls its members, where that is not what RFC 6749 §5.1 has. */
  readonly answerNames?: AnswerNames;
  /** A sentence on why this provider ends sign-ins: told behind its words once it has ended one for good. */
  readonly whenOver?: string;
}

/** Names of members in the answer of a token endpoint. */
export interface AnswerNames {
  readonly accessToken: string;
  readonly expiresIn: string;
}

/**
 * Authorization code with PKCE (RFC 6749 §4.1, RFC 7636) on a loopback listener (RFC 8252), as a provider describes it.
 * Either `issuer` (addresses are discovered: RFC 8414, OpenID Connect Discovery) or the endpoints themselves.
 */
export interface AuthorizationCodeLogin extends AuthorizationServerLogin {
  readonly kind: 'authorization-code';
  readonly authorizationEndpoint?: string;
  /** What the provider accepts as redirect; default `127.0.0.1`, any free port, `/callback`. */
  readonly redirect?: { readonly host?: string; readonly port?: number; readonly path?: string };
  /**
   * For a provider that answers with a permanent key instead of tokens, and knows neither client id nor `state`:
   * the nonce rides in the callback's path, and the code is exchanged as JSON.
   */
  readonly keyExchange?: {
    readonly callbackParameter: string;
    readonly keyField: string;
  };
}

export interface ApiKeyLogin {
  readonly kind: 'api-key';
  /** Where a person makes such a key. */
  readonly page?: string;
  /** The environment variable in which the vendor's own tools look for it. */
  readonly variable?: string;
  /** A server on the own machine may ask for none. */
  readonly optional?: boolean;
}

/**
 * Device code (RFC 8628), for a machine without a browser: the person opens an address anywhere and enters a short code.
 * Either `issuer`, or the endpoints themselves.
 */
export interface DeviceCodeLogin extends AuthorizationServerLogin {
  readonly kind: 'device-code';
  readonly deviceAuthorizationEndpoint?: string;
}

/** An application that is registered with an authorization server. The secret of a desktop client is not confidential. */
export interface OAuthClient {
  readonly id: string;
  readonly secret?: Secret;
}

/** The ways that end in tokens, which are refreshed and revoked alike. */
export type TokenLogin = AuthorizationCodeLogin | DeviceCodeLogin;

/** A token that a vendor's own tool prints, as git and kubectl have it: a program and its words, run without a shell. */
export interface CommandLogin {
  readonly kind: 'command';
  readonly argv: readonly string[];
  /** For how long a printed token is used, in milliseconds, where the tool does not say; five minutes where absent. */
  readonly lifetimeMs?: number;
}

/**
 * An account of a machine's own, which proves itself with a key that a console downloads (RFC 7523 §2.1): no person is asked, and
 * an access token is asked for whenever one is needed.
 */
export interface ServiceAccountLogin {
  readonly kind: 'service-account';
  readonly scopes: readonly string[];
}

/** The key of a service account. */
export interface ServiceAccountKey {
  /** Whose key it is. */
  readonly clientEmail: string;
  /** RSA, in PEM. */
  readonly privateKey: Secret;
  /** By which the server finds the other half. */
  readonly keyId?: string;
  /** Where tokens are asked for: https, or http on this machine. */
  readonly tokenEndpoint: string;
}

/** A way to sign in, as data in a provider's file. */
export type LoginMethod = TokenLogin | ApiKeyLogin | CommandLogin | ServiceAccountLogin;

export interface TokenAnswer {
  readonly kind: 'tokens';
  readonly accessToken: Secret;
  readonly refreshToken?: Secret;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Claims of the id token and of the userinfo endpoint, where there are such. */
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface KeyAnswer {
  readonly kind: 'key';
  readonly key: Secret;
  /** The other members of the answer. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type SignInAnswer = TokenAnswer | KeyAnswer;

export interface OAuthContext {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** A sign-in that has begun: the listener is open and the address is ready for a browser. */
export interface PendingSignIn {
  /** What the person opens. */
  readonly url: string;
  readonly redirectUri: string;
  /** Where the provider can show a code instead of redirecting: what to open on another machine. The code goes to `paste`. */
  readonly codeUrl?: string;
  /** Settles once: with the answer, or with a `RotaError` of kind `sign-in` or `cancelled`. The listener is closed by then. */
  readonly answer: Promise<SignInAnswer>;
  /**
   * Takes the redirected address, or the bare code, from a person whose browser is on another machine.
   * Returns what is wrong with it, in a sentence, or `undefined` when it was accepted; waiting goes on either way.
   */
  paste(text: string): string | undefined;
  /** Ends waiting: `answer` rejects with kind `cancelled`. Harmless when already settled. */
  close(): void;
}
