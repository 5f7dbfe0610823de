import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** What the loopback listener can say to a browser. None of it is taken from the request. */
export type PageName = 'done' | 'failed' | 'ignored' | 'used' | 'not-found' | 'wrong-method' | 'wrong-host';

interface Page {
  readonly status: number;
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly text: string;
}

const pages: Readonly<Record<PageName, Page>> = {
  done: {
    status: 200,
    tone: 'good',
    title: 'You are signed in',
    text: 'You can close this tab and go back to the terminal.',
  },
  failed: {
    status: 200,
    tone: 'bad',
    title: 'The sign-in did not succeed',
    text: 'The terminal says why. You can close this tab.',
  },
  ignored: {
    status: 400,
    tone: 'bad',
    title: 'This is not the sign-in that is being waited for',
    text: 'Open the address that the terminal shows, and finish the sign-in in the same browser.',
  },
  used: {
    status: 410,
    tone: 'bad',
    title: 'This sign-in was already received',
    text: 'You can close this tab and go back to the terminal.',
  },
  'not-found': {
    status: 404,
    tone: 'bad',
    title: 'Nothing here',
    text: 'This address receives a sign-in only.',
  },
  'wrong-method': {
    status: 405,
    tone: 'bad',
    title: 'Not in this way',
    text: 'This address receives a sign-in only.',
  },
  'wrong-host': {
    status: 400,
    tone: 'bad',
    title: 'Not under this name',
    text: 'A sign-in is received under the name of this machine only.',
  },
};

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f5f6f8;--card:#fff;--good:#1f8a52;--bad:#b3452c}
@media(prefers-color-scheme:dark){:root{--ink:#e9edf2;--soft:#9aa6b5;--paper:#12161c;--card:#1b2129;--good:#4cc38a;--bad:#f0866b}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:1.5rem;padding:2rem 2.25rem;background:var(--card);border-radius:14px;box-shadow:0 1px 3px #0002,0 12px 32px #0001}
main::before{content:"";display:block;width:2.5rem;height:.3rem;border-radius:1rem;background:var(--bad)}
main.good::before{background:var(--good)}
h1{margin:1.1rem 0 .4rem;font-size:1.3rem;line-height:1.3}
p{margin:0;color:var(--soft)}
footer{margin-top:1.5rem;font-size:.85rem;color:var(--soft)}`;

const securityPolicy = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

/** Answers with one self-contained page that nothing may store, frame or refer from, and ends the connection. */
export function writePage(response: ServerResponse, name: PageName): void {
  const { status, tone, title, text } = pages[name];
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${style}</style></head>
<body><main class="${tone}"><h1>${title}</h1><p>${text}</p><footer>Rota</footer></main></body></html>
`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': securityPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    connection: 'close',
    ...(name === 'wrong-method' ? { allow: 'GET' } : {}),
  });
  response.end(html);
}
