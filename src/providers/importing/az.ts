import { objectsOf } from '../json-fields.ts';
import { below, objectIn, variableOf, type ImportSource } from './source.ts';

/** Whoever is signed in with `az` has tokens for Azure; which resource they are for is not written there. */
export const az: ImportSource = {
  id: 'az',
  label: 'the `az` command',
  files: (home) => [
    below(variableOf(home, 'AZURE_CONFIG_DIR') ?? below(home.homedir, '.azure'), 'azureProfile.json'),
  ],
  find: (files) =>
    files.flatMap(({ path, text }) => {
      // It begins with a byte order mark.
      const { subscriptions } = objectIn(text.replace(/^\uFEFF/, ''));
      if (!Array.isArray(subscriptions) || objectsOf(subscriptions).length === 0) return [];
      const command = 'proxy login azure --resource NAME --way command';
      return [{ kind: 'hint' as const, command, from: path }];
    }),
};
