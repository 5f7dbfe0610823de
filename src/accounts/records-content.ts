import type { Account } from './account.ts';
import type { StoreKind } from './store/store.ts';

/** An endpoint that a person named: the base of a provider of the `compatible` kind. */
export interface Endpoint {
  /** What `login` and `provider/model` call it. */
  readonly id: string;
  readonly label: string;
  /** As the vendor's SDK takes it, without a trailing slash. */
  readonly baseUrl: string;
  /** Plain http is accepted beyond loopback. */
  readonly allowHttp?: boolean;
  /** Which kind of endpoint it is; one that speaks OpenAI's protocol where it is absent. */
  readonly kind?: string;
  /** What its address was made of. */
  readonly values?: Readonly<Record<string, string>>;
}

/** The secrets of Rota's own, each an item of the credential store. */
export type OwnKey = 'local-key' | 'admin-key';

/** Everything that `accounts.json` remembers. None of it is secret. */
export interface RecordsContent {
  readonly accounts: readonly Account[];
  readonly endpoints: readonly Endpoint[];
  /** The credential store in use; never changed by itself. */
  readonly store?: StoreKind;
  /** The keys that were made at some time: one that the store does not give is then missing, not new. */
  readonly keysMade: readonly OwnKey[];
}

export const EMPTY_RECORDS: RecordsContent = { accounts: [], endpoints: [], keysMade: [] };
