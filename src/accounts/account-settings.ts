import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';

/** What a person may settle about an account. Absent: stays as it is. `null`: back to the default. */
export interface AccountSettings {
  readonly weight?: number | null;
  readonly priority?: number | null;
  readonly maxConcurrent?: number | null;
  readonly switchOn429?: boolean | null;
  readonly project?: string | null;
  readonly egressProxy?: string | null;
}

const DEFAULTS = { weight: 1, priority: 0 };

/** @throws RotaError of kind `usage` that names the setting which is out of range. */
export function checkSettings(settings: AccountSettings): void {
  const problem = problemIn(settings);
  if (problem !== undefined) throw new RotaError({ kind: 'usage', message: problem });
}

/** @throws RotaError of kind `usage` that names the setting which is out of range. */
export function applySettings(account: Account, settings: AccountSettings): Account {
  checkSettings(settings);
  const next: Record<string, unknown> = { ...account };
  for (const [name, value] of Object.entries(settings)) {
    if (value === null) delete next[name];
    else if (value !== undefined) next[name] = value;
  }
  // Its members are those of an account, less the ones that may be absent, plus what was checked above.
  return { ...DEFAULTS, ...(next as unknown as Account) };
}

function problemIn(settings: AccountSettings): string | undefined {
  const { weight, priority, maxConcurrent, project, egressProxy } = settings;
  if (typeof weight === 'number' && !(Number.isFinite(weight) && weight > 0)) {
    return `The weight must be a number above 0, and ${weight} is not. To take an account out, use \`proxy accounts disable\`.`;
  }
  if (typeof priority === 'number' && !Number.isSafeInteger(priority)) {
    return `The priority must be a whole number, and ${priority} is not.`;
  }
  if (typeof maxConcurrent === 'number' && !(Number.isSafeInteger(maxConcurrent) && maxConcurrent >= 1)) {
    return `The number of requests at once must be a whole number of 1 or more, and ${maxConcurrent} is not.`;
  }
  if (typeof project === 'string' && !/^[\x21-\x7e]+$/.test(project)) {
    // It goes into a header.
    return 'The project must be one word of plain ASCII.';
  }
  return typeof egressProxy === 'string' ? problemInProxy(egressProxy) : undefined;
}

/** `none`: straight, whatever the environment says. Not `socks5h`: names are always resolved at the proxy. */
function problemInProxy(address: string): string | undefined {
  if (address === 'none') return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '' || !['http:', 'https:', 'socks5:'].includes(url.protocol)) {
    return 'The egress proxy must be "none" or an address such as http://proxy.example.com:3128 or socks5://127.0.0.1:1080.';
  }
  if (url.username !== '' || url.password !== '') {
    return 'The egress proxy may not hold a name or password: account records are printed and kept in plain text.';
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    return 'The egress proxy is an address alone, without a path.';
  }
  return undefined;
}
