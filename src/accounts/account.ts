/** One sign-in or key at a provider. Holds no secret, so it may be printed, stored and sent. */
export interface Account {
  /** Made once, never reused: names the account's item in the credential store. */
  readonly id: string;
  readonly provider: string;
  /** What people call it: unique, set by `--label` or taken from the provider's own identity. */
  readonly label: string;
  /** Who the provider says this is (`sub`, a user id): signing in again with the same identity renews the account. */
  readonly identity?: string;
  /** ISO 8601. */
  readonly addedAt: string;
  /** ISO 8601; changes whenever a new credential was stored, so that a running daemon reads it again. */
  readonly renewedAt: string;
  readonly enabled: boolean;
  /** It finishes the conversations that it has, and takes no new one, until it is enabled again. */
  readonly draining?: boolean;
  /** Higher goes first; accounts of a lower tier serve only while no higher one can. */
  readonly priority: number;
  /** The account's share of turns beside its equals. */
  readonly weight: number;
  readonly project?: string;
  readonly maxConcurrent?: number;
  readonly switchOn429?: boolean;
  readonly egressProxy?: string;
  /** Set when the provider refused the credential for good; a new sign-in clears it. */
  readonly needsLogin?: { readonly since: string; readonly reason: string };
}
