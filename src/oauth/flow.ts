import type { Callback } from './callback.ts';
import type { OAuthContext, SignInAnswer } from './types.ts';

/** One way from a browser's consent to an answer; holds the secrets of one sign-in (verifier, state, nonce). */
export interface Flow {
  /** Where the browser must come back to, exactly. */
  readonly path: string;
  /** Whether a code is bound to this sign-in without the address it came in. */
  readonly acceptsBareCode: boolean;
  /** What to open where the provider is to show a code instead of redirecting. */
  readonly codeUrl?: string;
  url(redirectUri: string): string;
  judge(query: URLSearchParams): Callback;
  exchange(code: string, redirectUri: string, context: OAuthContext): Promise<SignInAnswer>;
}
