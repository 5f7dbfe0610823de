import { interactionPath } from './interactions.ts';

export interface Person {
  /** Who signs in; becomes the `sub`. */
  readonly login: string;
  /** Presses the other button. */
  readonly deny?: boolean;
  /** `return` leaves the last redirect to the caller, as a browser on another machine would; default `visit`. */
  readonly redirect?: 'visit' | 'return';
}

/**
 * Plays the browser: follows redirects with cookies, signs in and consents, until the server sends it elsewhere.
 * @returns the address it was sent to, which it has visited unless told to return it.
 */
export async function browse(start: string, issuer: string, person: Person): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(issuer);
  let address = new URL(start);
  for (let hops = 0; hops < 20; hops += 1) {
    if (address.origin !== origin) {
      if (person.redirect !== 'return') await (await fetch(address)).text();
      return address.href;
    }
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    keep(cookies, response.headers.getSetCookie());
    const text = await response.text();
    const next = response.headers.get('location');
    if (next === null) throw new Error(`The authorization server answered ${response.status}: ${text}`);
    address = wish(new URL(next, address), person);
  }
  throw new Error('The authorization server redirects in a circle.');
}

function wish(address: URL, person: Person): URL {
  if (!address.pathname.startsWith(interactionPath)) return address;
  address.searchParams.set('login', person.login);
  if (person.deny === true) address.searchParams.set('deny', '');
  return address;
}

function keep(cookies: Map<string, string>, given: readonly string[]): void {
  for (const cookie of given) {
    const [pair = ''] = cookie.split(';');
    const mark = pair.indexOf('=');
    const value = pair.slice(mark + 1);
    if (value === '') cookies.delete(pair.slice(0, mark));
    else cookies.set(pair.slice(0, mark), value);
  }
}
