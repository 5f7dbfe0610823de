import { onTestFinished } from 'vitest';
import { addAccount, setAccountSettings } from '../../src/accounts/account-changes.ts';
import { addEndpoint } from '../../src/accounts/endpoint-changes.ts';
import type { RecordsContent } from '../../src/accounts/records-content.ts';
import type { NamedEndpoint } from '../../src/providers/endpoint-kind.ts';
import { Secret } from '../../src/secret.ts';
import { startRota, type Rota } from '../e2e/rota.ts';
import {
  startOddServer,
  type OddAnswer,
  type OddRequest,
  type OddServer,
} from '../oauth-server/odd-server.ts';
import { divertedUpstream, type Diverted } from './diverted.ts';

export interface OneAccount {
  readonly rota: Rota;
  /** The stand-in, where every call arrives. */
  readonly server: OddServer;
  readonly upstream: Diverted;
}

export interface TheAccount {
  readonly provider: string;
  /** Where the provider is a kind of endpoint. */
  readonly endpoint?: NamedEndpoint | undefined;
  readonly key: string;
  /** An account of a provider that needs no endpoint, which is asked after this one. */
  readonly next?: { readonly provider: string; readonly key: string };
}

export interface OneAccountOptions extends TheAccount {
  answer(request: OddRequest): OddAnswer;
}

/** A daemon with one account of a real provider, whose calls all arrive at a stand-in on this machine; until the test is over. */
export async function startOneAccount({ answer, ...account }: OneAccountOptions): Promise<OneAccount> {
  const server = await startOddServer(answer);
  onTestFinished(() => server.close());
  return { server, ...(await startOneAccountAt(server.origin, account)) };
}

/** The same with a server that is there already. */
export async function startOneAccountAt(
  origin: string,
  { provider, endpoint, key, next }: TheAccount,
): Promise<Omit<OneAccount, 'server'>> {
  const upstream = await divertedUpstream(origin);
  const rota = await startRota({
    upstream: origin,
    accounts: [],
    parts: { loadUpstream: async () => upstream },
    async beforeStart({ records, vault }) {
      await records.change((content) => {
        const named =
          endpoint === undefined ? content : addEndpoint(content, { ...endpoint, label: endpoint.id });
        const addedAt = new Date().toISOString();
        const one = addAccount(named, { id: 'one', provider, label: 'one', addedAt });
        return next === undefined ? one : withNext(one, { ...next, addedAt });
      });
      await vault.save('one', { kind: 'apiKey', key: new Secret(key) });
      if (next !== undefined) await vault.save('two', { kind: 'apiKey', key: new Secret(next.key) });
    },
  });
  onTestFinished(() => rota.close());
  return { rota, upstream };
}

/** Turns would be taken by chance otherwise. */
function withNext(
  content: RecordsContent,
  { provider, addedAt }: { readonly provider: string; readonly addedAt: string },
): RecordsContent {
  const both = addAccount(content, { id: 'two', provider, label: 'two', addedAt });
  return setAccountSettings(both, 'two', { priority: -1 });
}
