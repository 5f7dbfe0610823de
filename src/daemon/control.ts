import { findAccount } from '../accounts/account-lookup.ts';
import { RotaError } from '../failure.ts';
import { explanationOf } from '../gateway/explanation.ts';
import type { Control } from '../http/parts.ts';
import type { Core } from './core.ts';
import type { DaemonParts } from './daemon.ts';
import { accountStatus } from './status.ts';

/** What the commands ask of a running daemon. */
export function control(
  { clock }: DaemonParts,
  core: Promise<Core>,
  identity: () => object,
  url: () => string,
  reload: () => Promise<void>,
): Control {
  async function status(): Promise<object> {
    const { engine, memory, counts, pool, opened } = await core;
    await opened();
    const obstacle = pool.obstacle()?.message;
    const now = clock.now();
    const accounts = engine
      .accounts()
      .map((account) =>
        accountStatus(
          account,
          engine.tokens(),
          engine.directory(),
          memory.health,
          counts.get(account.id),
          now,
        ),
      );
    return { url: url(), ...identity(), ...(obstacle === undefined ? {} : { obstacle }), accounts };
  }
  return {
    status,
    async reset(reference, model) {
      const { engine, memory, opened } = await core;
      await opened();
      if (reference === undefined && model === undefined) memory.reset(undefined);
      const meant = reference === undefined ? engine.accounts() : [findAccount(engine.accounts(), reference)];
      for (const { id, provider } of meant) {
        memory.reset({ account: id, provider, ...(model === undefined ? {} : { model }) });
      }
      return status();
    },
    async why(request) {
      const { decisions, describe } = await core;
      const record = request === undefined ? decisions.latest() : decisions.find(request);
      if (record) return explanationOf(record, describe);
      const message =
        request === undefined
          ? 'No request has come since the proxy was started.'
          : `The request ${request.slice(0, 80)} is not remembered: the last 500 are, since the proxy was started.`;
      throw new RotaError({ kind: 'not-found', message });
    },
    async reload() {
      await reload();
      return status();
    },
  };
}
