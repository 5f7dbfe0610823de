import type { Account } from '../accounts/account.ts';
import type { Failure, SpentAccount } from '../failure.ts';
import type { Provider } from '../providers/provider.ts';
import { makeCandidate, type Candidate } from '../rotation/candidate.ts';

/** An account as the gateway sees it. */
export interface Serving {
  readonly account: Account;
  readonly provider: Provider;
  /** The models that its provider lists for it; absent while that is not known. */
  readonly models?: ReadonlySet<string>;
  /** How long their answers may be, in tokens, as far as the list says. */
  readonly outputLimits?: ReadonlyMap<string, number>;
  readonly refreshable: boolean;
  readonly switchOn429: boolean;
  /** `Infinity` where nothing limits it. */
  readonly maxConcurrent: number;
}

export interface RouteQuestion {
  /** The name that the client asked for. */
  readonly name: string;
  readonly protocol: string;
  /** Protocols that it can be translated to. */
  readonly others: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly serving: readonly Serving[];
}

export type Route =
  | {
      readonly kind: 'pool';
      readonly candidates: readonly Candidate[];
      /** Accounts that have the model and cannot be used until a person acts. */
      readonly barred: readonly SpentAccount[];
    }
  | { readonly kind: 'unknown'; readonly name: string }
  /** Known, but only to accounts that speak other protocols. */
  | { readonly kind: 'other-protocol'; readonly name: string; readonly providers: readonly string[] };

const MAX_ALIAS_HOPS = 8;

/**
 * Which accounts can serve a model, and under which name. In this order: an alias; an explicit `provider/model`;
 * the providers' lists; and where nobody lists it, the accounts whose list is not known.
 */
export function route({ name, protocol, others, aliases, serving }: RouteQuestion): Route {
  const model = resolveAlias(name, aliases);
  const holders = holdersOf(model, serving);
  if (holders.length === 0) return { kind: 'unknown', name: model };
  const speaks = ({ provider }: Holder, name: string) => provider.protocols[name] !== undefined;
  const speaking = holders.filter((one) => [protocol, ...others].some((each) => speaks(one, each)));
  if (speaking.length === 0) {
    const providers = [...new Set(holders.map(({ provider }) => provider.label))];
    return { kind: 'other-protocol', name: model, providers };
  }
  const usable = speaking.filter(({ account }) => account.enabled && !account.needsLogin);
  const barred = speaking.filter(({ account }) => !account.enabled || account.needsLogin !== undefined);
  return {
    kind: 'pool',
    candidates: usable.map((one) => toCandidate(one, speaks(one, protocol) ? 0 : TRANSLATED)),
    barred: barred.map(({ account }) => toSpent(account)),
  };
}

export function resolveAlias(name: string, aliases: Readonly<Record<string, string>>): string {
  let model = name;
  for (let hop = 0; hop < MAX_ALIAS_HOPS && Object.hasOwn(aliases, model); hop += 1)
    model = aliases[model] ?? model;
  return model;
}

interface Holder extends Serving {
  readonly upstreamModel: string;
}

function holdersOf(model: string, serving: readonly Serving[]): readonly Holder[] {
  const slash = model.indexOf('/');
  if (slash > 0 && slash < model.length - 1) {
    const providerId = model.slice(0, slash);
    const own = serving.filter(({ provider }) => provider.id === providerId);
    const named = listing(model.slice(slash + 1), own);
    if (named.length > 0) return named;
  }
  return listing(model, serving);
}

/**
 * Those that list the model, and of their providers also the accounts whose list is not there yet: it may well hold it.
 * Where nobody lists it, all those whose list is not known.
 */
function listing(model: string, serving: readonly Serving[]): readonly Holder[] {
  const listed = serving.filter(({ models }) => models?.has(model));
  const providers = new Set(listed.map(({ provider }) => provider.id));
  const mayHold = ({ provider: { id } }: Serving) => providers.size === 0 || providers.has(id);
  const holders = serving.filter((one) => one.models?.has(model) ?? mayHold(one));
  return holders.map((holder) => ({ ...holder, upstreamModel: model }));
}

/** Whoever speaks the client's protocol goes first among those of the same priority: nothing is lost on the way. */
const TRANSLATED = -0.5;

function toCandidate({ account, provider, upstreamModel, ...holder }: Holder, step: number): Candidate {
  return makeCandidate({
    account: account.id,
    provider: provider.id,
    model: upstreamModel,
    priority: account.priority + step,
    weight: account.weight,
    refreshable: holder.refreshable,
    switchOn429: holder.switchOn429,
    maxConcurrent: holder.maxConcurrent,
    draining: account.draining === true,
  });
}

function toSpent(account: Account): SpentAccount {
  const reason = account.enabled ? 'needs-login' : 'disabled';
  const detail = account.needsLogin?.reason;
  return { account: account.label, provider: account.provider, reason, ...(detail ? { detail } : {}) };
}

/** What to say where nobody has the model. */
export function modelNotFound(name: string, near: readonly string[]): Failure {
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((model) => `'${model}'`).join(' or ')}?`
      : '`proxy models` lists what the accounts have.';
  return { kind: 'model-not-found', model: name, near, message: `No account has a model '${name}'. ${hint}` };
}
