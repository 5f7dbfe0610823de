import type { ModelDirectory } from '../accounts/model-directory.ts';
import type { Serving } from '../gateway/routing.ts';
import type { HttpParts } from '../http/parts.ts';

type ListedModel = Awaited<ReturnType<HttpParts['models']>>[number];

/** The models of all accounts that can be used, each once, and the aliases. */
export function listedModels(
  serving: readonly Serving[],
  directory: ModelDirectory | undefined,
  aliases: Readonly<Record<string, string>>,
): readonly ListedModel[] {
  const models = new Map<string, ListedModel>();
  for (const { account, provider } of serving) {
    if (!account.enabled || account.needsLogin) continue;
    for (const model of directory?.known(account.id) ?? []) {
      if (!models.has(model.id)) models.set(model.id, { created: 0, ownedBy: provider.id, ...model });
    }
  }
  for (const [id, target] of Object.entries(aliases)) {
    if (!models.has(id)) models.set(id, { ...(models.get(target) ?? { created: 0, ownedBy: 'alias' }), id });
  }
  return [...models.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
