import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Fetch } from '../../src/oauth/types.ts';
import { startOddServer } from '../oauth-server/odd-server.ts';
import type { OddAnswer, OddRequest, OddServer } from '../oauth-server/odd-server.ts';

/** What a vendor's own documentation shows of its authorization server. */
export interface VendorShape {
  /** What it publishes of itself, by path. */
  readonly published?: Readonly<Record<string, object>>;
  readonly tokenPath: string;
  readonly devicePath?: string;
  /** A desktop client's secret is demanded. */
  readonly wantsSecret?: boolean;
  /** What becomes of a refresh token that is used: it stays, another takes its place, or there is none. */
  readonly refresh: 'kept' | 'rotated' | 'none';
  answer(granted: Granted): object;
  /** How it says one of the errors of RFC 6749 §5.2 and RFC 8628 §3.5, or one of its own. */
  refuse(error: string): object;
  startDevice?(codes: { readonly deviceCode: string; readonly userCode: string }): object;
  /** What answers a GET with a credential. */
  readonly resources: Readonly<Record<string, object>>;
}

export interface Granted {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly clientId: string;
  readonly nonce?: string;
}

export interface VendorServer {
  readonly requests: OddServer['requests'];
  /** Carries every call to the vendor's addresses to this machine. */
  readonly fetch: Fetch;
  /** What a person does in the browser: agrees, and is sent back. */
  consent(address: string): Promise<undefined>;
  /** What comes of asking for the tokens of a device code, from now on; they are given where it is absent. */
  deviceError: string | undefined;
  /** What comes of every refresh from now on. */
  refreshError: string | undefined;
  /** What was sent to the token endpoint, form by form. */
  forms(): readonly Readonly<Record<string, string>>[];
}

interface Code {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly nonce?: string;
}

/** A vendor's authorization server on this machine, as strict as the standards ask for: codes are good once, PKCE is checked. */
export async function startVendor(shape: VendorShape): Promise<VendorServer> {
  const codes = new Map<string, Code>();
  const refreshTokens = new Set<string>();
  let count = 0;
  const grant = (clientId: string, nonce: string | undefined, old?: string): OddAnswer => {
    count += 1;
    const isFresh = shape.refresh !== 'none' && (old === undefined || shape.refresh === 'rotated');
    const refreshToken = isFresh ? `refresh-${count}` : undefined;
    if (old !== undefined && shape.refresh === 'rotated') refreshTokens.delete(old);
    if (refreshToken !== undefined) refreshTokens.add(refreshToken);
    const granted = { accessToken: `access-${count}`, clientId };
    return {
      body: shape.answer({
        ...granted,
        ...(refreshToken !== undefined && { refreshToken }),
        ...(nonce !== undefined && { nonce }),
      }),
    };
  };
  const refused = (error: string): OddAnswer => ({ status: 400, body: shape.refuse(error) });
  const token = (form: Readonly<Record<string, string>>): OddAnswer => {
    const { grant_type: type, client_id: clientId = '', client_secret: secret } = form;
    if (shape.wantsSecret === true && secret === undefined) return refused('invalid_client');
    if (type === 'authorization_code') {
      const code = codes.get(form['code'] ?? '');
      codes.delete(form['code'] ?? '');
      const challenge = createHash('sha256')
        .update(form['code_verifier'] ?? '')
        .digest('base64url');
      const fits =
        code?.challenge === challenge &&
        code.redirectUri === form['redirect_uri'] &&
        code.clientId === clientId;
      return fits ? grant(clientId, code.nonce) : refused('invalid_grant');
    }
    if (type === 'refresh_token') {
      if (vendor.refreshError !== undefined) return refused(vendor.refreshError);
      const old = form['refresh_token'] ?? '';
      return refreshTokens.has(old) ? grant(clientId, undefined, old) : refused('invalid_grant');
    }
    if (form['device_code'] !== 'device-1') return refused('invalid_grant');
    return vendor.deviceError === undefined ? grant(clientId, undefined) : refused(vendor.deviceError);
  };
  const answer = ({ method, path, body }: OddRequest): OddAnswer => {
    const { pathname } = new URL(path, 'http://x');
    const form = Object.fromEntries(new URLSearchParams(body));
    if (method === 'POST' && pathname === shape.tokenPath) return token(form);
    if (method === 'POST' && pathname === shape.devicePath) {
      return { body: shape.startDevice?.({ deviceCode: 'device-1', userCode: 'WXYZ-1234' }) ?? {} };
    }
    const found = { ...shape.published, ...shape.resources }[pathname];
    return found === undefined ? { status: 404, body: {} } : { body: found };
  };
  const server = await startOddServer(answer);
  onTestFinished(() => server.close());
  const vendor: VendorServer = {
    requests: server.requests,
    deviceError: undefined,
    refreshError: undefined,
    fetch: (url, init) => {
      const { pathname, search } = new URL(url);
      return fetch(server.origin + pathname + search, init);
    },
    async consent(address) {
      const asked = new URL(address).searchParams;
      const [redirectUri = '', state = '', nonce] = ['redirect_uri', 'state', 'nonce'].map(
        (name) => asked.get(name) ?? undefined,
      );
      if (asked.get('code_challenge_method') !== 'S256') throw new Error('no PKCE');
      const code = `code-${codes.size + 1}`;
      codes.set(code, {
        challenge: asked.get('code_challenge') ?? '',
        redirectUri,
        clientId: asked.get('client_id') ?? '',
        ...(nonce !== undefined && { nonce }),
      });
      await fetch(`${redirectUri}?${new URLSearchParams({ code, state }).toString()}`);
      return undefined;
    },
    forms: () =>
      server.requests
        .filter(({ path }) => path === shape.tokenPath)
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
  };
  return vendor;
}
