import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

const SERVICE = 'rota';

/**
 * What the keychain's items are filed under: `rota`, or for another `ROTA_HOME` a name of its own, so that two
 * homes never see each other's items.
 * @param home the value of `ROTA_HOME`
 */
export function serviceName(home: string | undefined): string {
  if (home === undefined || home === '') return SERVICE;
  const digest = createHash('sha256').update(resolve(home)).digest('hex');
  return `${SERVICE}-${digest.slice(0, 8)}`;
}
