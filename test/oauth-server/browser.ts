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
  const { origin } = new URL(issuer);
  const ended = await follow(openTab(), { address: new URL(start) }, origin, person);
  if (ended.kind === 'page') {
    throw new Error(`The authorization server answered ${ended.status}: ${ended.text}`);
  }
  if (person.redirect !== 'return') await (await fetch(ended.address)).text();
  return ended.address.href;
}

/**
 * Plays a person who enters the code of a device (RFC 8628 §3.3) at the address that they were shown, on any machine.
 * @returns what the page says at the end.
 */
export async function enterCode(verificationUri: string, userCode: string, person: Person): Promise<string> {
  const page = new URL(verificationUri);
  const tab = openTab();
  const form = await (await tab(page)).text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(form)?.[1];
  if (xsrf === undefined) throw new Error(`There is no form at ${verificationUri}: ${form}`);
  const button = person.deny === true ? { abort: 'yes' } : { confirm: 'yes' };
  const body = new URLSearchParams({ xsrf, user_code: userCode, ...button });
  const ended = await follow(tab, { address: page, body }, page.origin, person);
  if (ended.kind === 'elsewhere') throw new Error(`The page led to ${ended.address.href}.`);
  return ended.text;
}

/** One browser tab: it keeps cookies. */
type Tab = (address: URL, body?: URLSearchParams) => Promise<Response>;

function openTab(): Tab {
  const cookies = new Map<string, string>();
  return async (address, body) => {
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body !== undefined && { method: 'POST', body }),
    });
    keep(cookies, response.headers.getSetCookie());
    return response;
  };
}

type Ended =
  | { readonly kind: 'page'; readonly status: number; readonly text: string }
  | { readonly kind: 'elsewhere'; readonly address: URL };

async function follow(
  tab: Tab,
  start: { readonly address: URL; readonly body?: URLSearchParams },
  origin: string,
  person: Person,
): Promise<Ended> {
  let { address, body } = start;
  for (let hops = 0; hops < 20; hops += 1) {
    if (address.origin !== origin) return { kind: 'elsewhere', address };
    const response = await tab(address, body);
    body = undefined;
    const text = await response.text();
    const next = response.headers.get('location');
    if (next === null) return { kind: 'page', status: response.status, text };
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
