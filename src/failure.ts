/** Why one account could not serve, for a person and for a program. */
export interface SpentAccount {
  readonly account: string;
  readonly provider: string;
  /** Under the name that its provider gives it, where that is not the one that was asked for. */
  readonly model?: string;
  /** One of the outcome kinds, or `busy`, `draining`, `disabled`, `needs-login`. */
  readonly reason: string;
  readonly detail?: string;
  /** Milliseconds since the epoch; absent where only a person can help. */
  readonly retryAt?: number;
  /** Where the provider named that time; absent where it is our own estimate. */
  readonly waitFrom?: string;
}

/** What a keychain or an encrypted credential file can refuse with. */
export type StoreProblem =
  | 'no-session-bus'
  | 'no-service'
  | 'no-collection'
  | 'locked'
  | 'gone'
  | 'timeout'
  | 'item-missing'
  | 'wrong-passphrase'
  | 'no-passphrase'
  | 'corrupt'
  | 'readable-by-others'
  | 'unwritable'
  | 'none-chosen'
  | 'unknown';

/**
 * Everything that can go wrong, as one union. Each edge renders it in its caller's shape: a protocol's error body,
 * or a line on the terminal with an exit code. `message` is a whole sentence that names the thing and the way on.
 */
export type Failure = { readonly message: string } & (
  | { readonly kind: 'invalid-request'; readonly param?: string; readonly code?: string }
  | { readonly kind: 'wrong-key' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method-not-allowed'; readonly allow: string }
  | { readonly kind: 'model-not-found'; readonly model: string; readonly near: readonly string[] }
  | { readonly kind: 'body-too-large'; readonly limitBytes: number }
  | { readonly kind: 'unsupported-media-type' }
  | { readonly kind: 'upgrade-required' }
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'shutting-down' }
  | {
      readonly kind: 'exhausted';
      /** What the soonest way on needs: waiting for a quota, for capacity, or for a person. */
      readonly cause: 'quota' | 'overload' | 'transport' | 'needs-login' | 'refused';
      /** Milliseconds since the epoch. */
      readonly retryAt?: number;
      readonly accounts: readonly SpentAccount[];
    }
  | { readonly kind: 'upstream-unreachable' }
  | { readonly kind: 'broken-stream' }
  | { readonly kind: 'internal'; readonly requestId?: string }
  | { readonly kind: 'usage' }
  | { readonly kind: 'settings'; readonly key?: string }
  | { readonly kind: 'records' }
  | { readonly kind: 'store'; readonly problem: StoreProblem }
  | { readonly kind: 'sign-in'; readonly reason: SignInProblem }
  | {
      readonly kind: 'refresh';
      readonly final: boolean;
      /** Before when the server does not want to be asked again, in milliseconds since the epoch, where it said so. */
      readonly retryAt?: number;
    }
  | { readonly kind: 'refused-by-provider'; readonly status: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'port-taken'; readonly port: number }
  | { readonly kind: 'no-daemon' }
  | { readonly kind: 'needs-login' }
);

export type SignInProblem =
  | 'denied'
  | 'timeout'
  | 'wrong-state'
  | 'wrong-issuer'
  | 'code-expired'
  | 'discovery'
  | 'listener'
  | 'token-answer'
  | 'unreachable'
  | 'unsupported';

/** The one way a failure travels through `throw`. */
export class RotaError extends Error {
  override readonly name = 'RotaError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}
