import { Secret } from '../../secret.ts';
import type { Provider } from '../provider.ts';
import { variableOf, type Found, type ImportSource } from './source.ts';

/** The variables that the providers' own tools read: each provider's file names its own. */
export const environment: ImportSource = {
  id: 'env',
  label: 'environment variables',
  find: (_files, home, providers) =>
    keyVariables(providers).flatMap(({ provider, variable }): Found[] => {
      const value = variableOf(home, variable);
      return value === undefined ? [] : [{ kind: 'key', provider, key: new Secret(value), from: variable }];
    }),
};

/** Which variable holds a key for whom. */
export function keyVariables(
  providers: readonly Provider[],
): readonly { provider: string; variable: string }[] {
  return providers.flatMap(({ id, login }) =>
    login.flatMap((method) =>
      method.kind === 'api-key' && method.variable !== undefined
        ? [{ provider: id, variable: method.variable }]
        : [],
    ),
  );
}
