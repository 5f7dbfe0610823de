import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { OddAnswer, OddRequest, OddServer } from './odd-server.ts';
import { startOddServer } from './odd-server.ts';

/** What the server holds a token request to besides the account. */
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOLERANCE_SECONDS = 300;

/** Made once for all that start in a process: it takes a moment. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export interface ServiceAccountServer extends OddServer {
  readonly tokenEndpoint: string;
  readonly email: string;
  readonly privateKey: string;
  /** The scopes of each token that was handed out, in order. */
  readonly minted: readonly string[];
  /** The file that a console would have downloaded; what is `undefined` is left out. */
  keyFile(fields?: Readonly<Record<string, unknown>>): string;
  /** What it says in place of a token, until it is taken back. */
  answer: OddAnswer | undefined;
  /** Its own clock, in milliseconds from ours. */
  aheadMs: number;
}

export interface ServiceAccountOptions {
  readonly onMinted?: (accessToken: string) => void;
  /** In seconds. */
  readonly lifetime?: number;
}

/**
 * A token endpoint for service accounts as Google has it (developers.google.com/identity/protocols/oauth2/service-account), with
 * one account: it verifies the signature with the other half of the key, and every claim.
 */
export async function startServiceAccounts(
  options: ServiceAccountOptions = {},
): Promise<ServiceAccountServer> {
  const { lifetime = 3599, onMinted } = options;
  const email = 'rota@my-project.iam.gserviceaccount.com';
  const keyId = 'a1b2c3d4e5';
  const minted: string[] = [];
  const state: Pick<ServiceAccountServer, 'answer' | 'aheadMs'> = { answer: undefined, aheadMs: 0 };
  const now = () => Date.now() + state.aheadMs;

  const respond = (request: OddRequest): OddAnswer => {
    if (state.answer !== undefined) return state.answer;
    const assertion = assertionIn(request);
    if (typeof assertion !== 'string') return assertion;
    const { header, claims, signed, signature } = parts(assertion);
    if (header['kid'] !== keyId || header['alg'] !== 'RS256' || header['typ'] !== 'JWT')
      return refused('Invalid JWT header.');
    if (!verify('sha256', Buffer.from(signed), createPublicKey(publicKey), signature)) {
      return refused('Invalid JWT Signature.');
    }
    if (claims['iss'] !== email) return refused('Invalid grant: account not found');
    const names = Object.keys(claims).sort().join(' ');
    if (names !== 'aud exp iat iss scope') return refused(`Invalid JWT: it has ${names}.`);
    if (claims['aud'] !== `${server.origin}/token`) return refused('Invalid JWT: the audience is another.');
    const { iat, exp } = claims;
    if (!isTimely(iat, exp, now() / 1000)) {
      return refused(
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    minted.push(String(claims['scope']));
    const accessToken = `ya29.minted-${minted.length}-${keyId}`;
    onMinted?.(accessToken);
    return { body: { access_token: accessToken, expires_in: lifetime, token_type: 'Bearer' } };
  };
  const server = await startOddServer((request) => {
    const answer = respond(request);
    return { ...answer, headers: { date: new Date(now()).toUTCString(), ...answer.headers } };
  });
  const tokenEndpoint = `${server.origin}/token`;
  return Object.assign(state, {
    ...server,
    tokenEndpoint,
    email,
    privateKey,
    minted,
    keyFile: (fields: Readonly<Record<string, unknown>> = {}) =>
      JSON.stringify({
        type: 'service_account',
        project_id: 'my-project',
        private_key_id: keyId,
        private_key: privateKey,
        client_email: email,
        client_id: '1234567890',
        token_uri: tokenEndpoint,
        universe_domain: 'googleapis.com',
        ...fields,
      }),
  });
}

export function refused(description: string, error = 'invalid_grant'): OddAnswer {
  return { status: 400, body: { error, error_description: description } };
}

/** A form with these two members and no other, and no other way to say who asks. */
function assertionIn({ method, path, headers, body }: OddRequest): string | OddAnswer {
  const form = new URLSearchParams(body);
  const isForm = String(headers['content-type']).startsWith('application/x-www-form-urlencoded');
  const isRight = method === 'POST' && path === '/token' && isForm && headers['authorization'] === undefined;
  const names = [...form.keys()].sort().join(' ');
  if (!isRight || names !== 'assertion grant_type' || form.get('grant_type') !== GRANT) {
    return refused(`${method} ${path} with ${names} is no such request.`, 'invalid_request');
  }
  return form.get('assertion') ?? '';
}

function parts(assertion: string) {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const decoded = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Readonly<Record<string, unknown>>;
  return {
    header: decoded(header),
    claims: decoded(claims),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function isTimely(iat: unknown, exp: unknown, nowSeconds: number): boolean {
  if (!Number.isInteger(iat) || !Number.isInteger(exp)) return false;
  const [from, to] = [Number(iat), Number(exp)];
  return to > from && to - from <= 3600 && from <= nowSeconds + TOLERANCE_SECONDS && to >= nowSeconds;
}
