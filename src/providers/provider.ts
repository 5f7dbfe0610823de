import type { LoginMethod, SignInAnswer } from '../oauth/types.ts';
import type { Outcome, QuotaWindow } from '../outcome.ts';
import type { Secret } from '../secret.ts';

/** Header fields by lower-case name; what came several times is joined by commas. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** An answer that is not a success, as far as it takes to understand it. Header names are lower case. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The body's text, possibly cut off. */
  readonly body: string;
  /** The upstream model that was asked for. */
  readonly model: string;
  /** Milliseconds since the epoch, for waits that are given as a moment. */
  readonly now: number;
}

export interface Model {
  readonly id: string;
  readonly ownedBy?: string;
  /** Seconds since the epoch. */
  readonly created?: number;
  /** How long its answers may be, in tokens, where the provider's list says so. */
  readonly maxOutputTokens?: number;
  /** How much it can look at, in tokens, where the list says so. */
  readonly contextTokens?: number;
  /** What it takes, where the list says so: `text`, `image`, `file`, `audio`, `video`. */
  readonly inputs?: readonly string[];
}

export interface ModelList {
  readonly url: string;
  /** The protocol whose manner of authorising the list wants. */
  readonly protocol: string;
  /** A server may do without: where it has no such address the account is taken on trust, and any model is tried. */
  readonly optional?: boolean;
  /** Reads the provider's answer; throws where it has another shape. */
  parse(body: unknown): readonly Model[];
}

/** Whether the provider allows several accounts to stand in for each other, as of a date. */
export interface Terms {
  readonly kind: 'unrestricted' | 'restricted' | 'unknown';
  readonly note: string;
  readonly link?: string;
  /** ISO date of the check. */
  readonly checked: string;
}

/** Who an account is in the provider's own words. */
export interface Identity {
  /** Stable and unique at the provider; absent where it gives none (a bare key). */
  readonly id?: string;
  readonly label?: string;
}

/** A vendor or an endpoint: facts, and a handful of pure functions. One file each. */
export interface Provider {
  readonly id: string;
  readonly label: string;
  /** Base URLs by protocol name, as the vendor's SDK takes them, without a trailing slash. */
  readonly protocols: Readonly<Record<string, string>>;
  /** The protocol's own name for the variant in which its endpoint takes it, by protocol; as ever where absent. */
  readonly variants?: Readonly<Record<string, string>>;
  readonly login: readonly LoginMethod[];
  /** The headers that carry the credential on a call in this protocol; none where it is empty. */
  authorize(protocol: string, secret: Secret): Record<string, string>;
  /**
   * Why a key that a person pastes is not taken (a token that the vendor reserves for its own clients), in a sentence that also
   * says what is allowed instead; `undefined` where it is taken. Asked before anything is stored or sent.
   */
  refuseKey(secret: Secret): string | undefined;
  /** Absent where the provider has no list; then `fixedModels` stands in. */
  readonly modelList?: ModelList;
  readonly fixedModels?: readonly string[];
  /**
   * An address that answers a GET to a valid credential alone, where the model list answers everybody. In the manner of a protocol.
   */
  readonly probe?: { readonly url: string; readonly protocol: string };
  identify(answer: SignInAnswer): Identity;
  classify(answer: UpstreamAnswer): Outcome;
  /** What the headers of an answer, also of a success, tell of the account's quota windows. Absent where they tell nothing. */
  quota?(headers: UpstreamAnswer['headers'], now: number): readonly QuotaWindow[];
  readonly terms: Terms;
  /** A server on this machine, which may or may not be running. */
  readonly isLocal?: boolean;
  /** Plain http is accepted beyond loopback: a server on the local network, by the user's own setting. */
  readonly allowHttp?: boolean;
}
