import type { Account } from '../accounts/account.ts';
import type { ModelDirectory } from '../accounts/model-directory.ts';
import type { TokenSource } from '../accounts/tokens.ts';
import { RotaError, type Failure } from '../failure.ts';
import type { AccountPool } from '../gateway/account-pool.ts';
import type { Serving } from '../gateway/routing.ts';
import type { Outcome } from '../outcome.ts';
import type { Model } from '../providers/provider.ts';
import type { Registry } from '../providers/registry.ts';

/** How long a request may wait for model lists that are on their way, in milliseconds. */
const LISTS_MS = 2000;

export interface ServingAccountsParts {
  /** Absent until the credential store is open. */
  tokens(): TokenSource | undefined;
  directory(): ModelDirectory | undefined;
  accounts(): readonly Account[];
  registry(): Registry;
  /** Whether a 429 of an account of this provider may be answered by another one, where the account itself says nothing. */
  switchOn429(provider: string): boolean;
  /** How many requests an account may have under way that says nothing of it itself; 0: no limit. */
  maxConcurrent(): number;
  obstacle(): Failure | undefined;
}

type ListFacts = Pick<Serving, 'models' | 'outputLimits'>;

function factsOf(models: readonly Model[]): ListFacts {
  const limits = models.flatMap(({ id, maxOutputTokens }) =>
    maxOutputTokens === undefined ? [] : [[id, maxOutputTokens] as const],
  );
  return { models: new Set(models.map(({ id }) => id)), outputLimits: new Map(limits) };
}

/** The accounts as the gateway needs them, from the records, the tokens and the model lists. */
export function servingAccounts(parts: ServingAccountsParts): AccountPool {
  const lists = new WeakMap<readonly Model[], ListFacts>();

  function listFacts(account: Account): ListFacts {
    const models = parts.directory()?.known(account.id);
    if (!models) return {};
    const known = lists.get(models) ?? factsOf(models);
    lists.set(models, known);
    return known;
  }

  function serving(account: Account): Serving | undefined {
    const provider = parts.registry().get(account.provider);
    if (!provider) return undefined;
    const switchOn429 = account.switchOn429 ?? parts.switchOn429(account.provider);
    return {
      account,
      provider,
      refreshable: true,
      switchOn429,
      maxConcurrent: (account.maxConcurrent ?? parts.maxConcurrent()) || Infinity,
      ...listFacts(account),
    };
  }

  let asked: readonly unknown[] = [];
  let answered: readonly Serving[] = [];

  /** The same list for as long as nothing it is made of has changed: whoever keeps something by it may look at it alone. */
  function servingNow(): readonly Serving[] {
    const accounts = parts.accounts();
    const directory = parts.directory();
    const lists = accounts.map(({ id }) => directory?.known(id));
    const switches = accounts.map(({ provider }) => parts.switchOn429(provider));
    const made = [accounts, parts.registry(), parts.maxConcurrent(), ...lists, ...switches];
    if (made.length === asked.length && made.every((part, at) => part === asked[at])) return answered;
    asked = made;
    answered = accounts.map(serving).filter((one) => one !== undefined);
    return answered;
  }

  function open(): TokenSource {
    const tokens = parts.tokens();
    if (tokens) return tokens;
    throw new RotaError({ kind: 'not-ready', message: 'The credential store is not open yet.' });
  }

  async function listsUntil(isEnough: () => boolean): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), LISTS_MS);
    const limit = new Promise<void>((resolve) => {
      late.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const directory = parts.directory();
    while (!late.signal.aborted && (directory?.pending().length ?? 0) > 0 && !isEnough()) {
      await Promise.race([directory?.arrival(), limit]);
    }
    clearTimeout(timer);
  }

  return {
    obstacle: () => parts.obstacle(),
    serving: servingNow,
    listsSettled: async () => listsUntil(() => false),
    listsUntil,
    peekSecret: (account) => parts.tokens()?.peek(account),
    secret: (account) => open().secretFor(account),
    async renew(account, refused) {
      try {
        const renewed = await open().refreshNow(account, refused);
        return renewed === 'cannot' ? refusal('the provider refused the key') : undefined;
      } catch (error) {
        if (!(error instanceof RotaError)) throw error;
        const { kind, message } = error.failure;
        if (kind === 'needs-login') return refusal(message);
        return { kind: 'transport', scope: 'account', detail: message };
      }
    },
  };
}

function refusal(detail: string): Outcome {
  return { kind: 'auth', scope: 'account', status: 401, detail };
}
