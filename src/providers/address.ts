import { addressProblem, type AddressRules } from '../address.ts';

type Options = { readonly allowHttp?: boolean };

/** What is wrong with an address that a credential would be sent to, in a sentence; `undefined` where nothing is. */
export function checkAddress(url: string, options: Options = {}): string | undefined {
  return sentence(url, { allowHttp: options.allowHttp === true, query: 'accepted' });
}

/** The same for a base URL: paths are joined to it, so it ends with its own path. */
export function checkBaseUrl(url: string, options: Options = {}): string | undefined {
  return sentence(url, { allowHttp: options.allowHttp === true, query: 'refused' });
}

/** Names the host alone: the rest of an address may hold what nobody should read. */
function sentence(url: string, rules: AddressRules): string | undefined {
  const problem = addressProblem(url, rules);
  if (problem === undefined) return undefined;
  const host = URL.canParse(url) ? new URL(url).host : '';
  return host === '' ? `The address ${problem}.` : `The address of ${host} ${problem}.`;
}
