import { onTestFinished } from 'vitest';
import { addAccount } from '../../src/accounts/account-changes.ts';
import { addEndpoint } from '../../src/accounts/endpoint-changes.ts';
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
  { provider, endpoint, key }: TheAccount,
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
        return addAccount(named, { id: 'one', provider, label: 'one', addedAt: new Date().toISOString() });
      });
      await vault.save('one', { kind: 'apiKey', key: new Secret(key) });
    },
  });
  onTestFinished(() => rota.close());
  return { rota, upstream };
}
