/** What can rest: the network, a provider, a provider's model, an account, an account for one model. */
export type RestKey = string;

/** Whom an attempt goes to: an account, at its provider, for a model under the name that the provider gives it. */
export interface Target {
  readonly account: string;
  readonly provider: string;
  readonly model: string;
}

/** The keys that an attempt on a target depends on, from the widest to the narrowest. Made once: choosing looks them up for each account. */
export interface TargetKeys {
  readonly provider: RestKey;
  readonly providerModel: RestKey;
  readonly account: RestKey;
  readonly accountModel: RestKey;
  /** All of these, from the widest to the narrowest, the network before them. */
  readonly all: readonly RestKey[];
}

export const NETWORK_KEY: RestKey = 'network';

/** Accounts have ids without a colon, so that theirs are not taken for these. */
const PROVIDER = 'provider:';

export function keysOf({ account, provider, model }: Target): TargetKeys {
  const own = {
    provider: `${PROVIDER}${provider}`,
    providerModel: `${PROVIDER}${provider} ${model}`,
    account,
    accountModel: `${account} ${model}`,
  };
  return { ...own, all: [NETWORK_KEY, own.provider, own.providerModel, own.account, own.accountModel] };
}

/** Whether many accounts share what rests: the network, a provider, or a provider's model. */
export function isWide(key: RestKey): boolean {
  return key === NETWORK_KEY || key.startsWith(PROVIDER);
}

/** Whether a key is that of an account, or of the account for one model. */
export function isOfAccount(key: RestKey, account: string): boolean {
  return key === account || key.startsWith(`${account} `);
}

/** The same for a provider's. */
export function isOfProvider(key: RestKey, provider: string): boolean {
  return isOfAccount(key, `${PROVIDER}${provider}`);
}

/** The model in a key that is for one model alone. */
export function modelOf(key: RestKey): string | undefined {
  const space = key.indexOf(' ');
  return space < 0 ? undefined : key.slice(space + 1);
}
