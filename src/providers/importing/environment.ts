import { Secret } from '../../secret.ts';
import type { CatalogueEntry } from '../catalogue.ts';
import { valuesIn, variableOf, type Found, type ImportSource } from './source.ts';

/** The variables that the providers' own tools read: each provider's file names its own. */
export const environment: ImportSource = {
  id: 'env',
  label: 'environment variables',
  find: (_files, home, entries) =>
    keyVariables(entries).flatMap(({ entry, variable }): Found[] => {
      const value = variableOf(home, variable);
      if (value === undefined) return [];
      const provider = entry.provider.id;
      return [{ kind: 'key', provider, key: new Secret(value), from: variable, ...valuesIn(home, entry) }];
    }),
};

/** Which variable holds a key for whom. */
export function keyVariables(
  entries: readonly CatalogueEntry[],
): readonly { entry: CatalogueEntry; variable: string }[] {
  return entries.flatMap((entry) =>
    entry.provider.login.flatMap((method) =>
      method.kind === 'api-key' && method.variable !== undefined
        ? [{ entry, variable: method.variable }]
        : [],
    ),
  );
}
