import { RotaError } from '../failure.ts';
import type { OAuthClient, ServiceAccountKey, SignInAnswer, TokenLogin } from '../oauth/types.ts';
import type { Identity, Provider } from '../providers/provider.ts';
import { Secret } from '../secret.ts';
import type { CommandCredential, Credential } from './credential.ts';

/** What a person or a provider gave to sign in with; `none` for a local server that asks for nothing. */
export type SignInProof =
  | { readonly kind: 'answer'; readonly answer: SignInAnswer; readonly way?: TokenWay }
  | { readonly kind: 'key'; readonly key: Secret }
  /** What the command has just printed. */
  | { readonly kind: 'command'; readonly command: CommandCredential; readonly printed: Secret }
  /** What the key has just brought. */
  | { readonly kind: 'service-account'; readonly key: ServiceAccountKey; readonly minted: Secret }
  | { readonly kind: 'none' };

/** How tokens were come by, as far as it counts when they are refreshed. */
export interface TokenWay {
  readonly login: TokenLogin['kind'];
  /** Where the person brought it. */
  readonly client?: OAuthClient;
}

/** A proof in the forms that signing in needs. */
export interface ExaminedProof {
  readonly credential: Credential;
  /** What goes on the wire. */
  readonly secret: Secret;
  readonly identity: Identity;
}

/**
 * @throws RotaError of kind `sign-in`, reason `unsupported`, with the provider's sentence where it does not take keys
 * like this one; `usage` where it is no key at all.
 */
export function examineProof(provider: Provider, proof: SignInProof, nowMs: number): ExaminedProof {
  if (proof.kind === 'none') {
    return { credential: { kind: 'none' }, secret: new Secret(''), identity: {} };
  }
  if (proof.kind === 'answer') return examineAnswer(provider, proof.answer, nowMs, proof.way);
  if (proof.kind === 'service-account') {
    const { key, minted } = proof;
    const { clientEmail } = key;
    const credential: Credential = { kind: 'serviceAccount', ...key };
    return { credential, secret: minted, identity: { id: clientEmail, label: clientEmail } };
  }
  if (proof.kind === 'command') {
    const { command, printed } = proof;
    // A tool that the provider names may print what nobody may paste.
    const secret = isOwnTool(provider, command) ? printed : acceptedKey(provider, printed);
    return { credential: command, secret, identity: {} };
  }
  const key = acceptedKey(provider, proof.key);
  return examineAnswer(provider, { kind: 'key', key, fields: {} }, nowMs);
}

function examineAnswer(
  provider: Provider,
  answer: SignInAnswer,
  nowMs: number,
  way?: TokenWay,
): ExaminedProof {
  const identity = provider.identify(answer);
  if (answer.kind === 'key') {
    return { credential: { kind: 'apiKey', key: answer.key }, secret: answer.key, identity };
  }
  const { accessToken, refreshToken, expiresAt } = answer;
  const credential: Credential = {
    kind: 'oauth',
    accessToken,
    issuedAt: nowMs,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...way,
  };
  return { credential, secret: accessToken, identity };
}

function isOwnTool({ login }: Provider, { argv }: CommandCredential): boolean {
  return login.some((way) => way.kind === 'command' && programOf(way.argv) === programOf(argv));
}

/** Without its folder, and without the ending that it has on Windows. */
function programOf([program = '']: readonly string[]): string {
  return (program.split(/[\\/]/).at(-1) ?? '').replace(/\.(?:exe|cmd|bat)$/i, '');
}

/** A key comes from a clipboard or a pipe, often with the line's end. */
function acceptedKey(provider: Provider, given: Secret): Secret {
  const key = new Secret(given.reveal().trim());
  // Anything else cannot travel in a header, and the platform's own message about it would quote the key.
  if (!/^[\x21-\x7e]+$/.test(key.reveal())) {
    throw new RotaError({
      kind: 'usage',
      message: key.isEmpty
        ? `No key was given for ${provider.label}.`
        : `What was given is not a key for ${provider.label}: a key is one word of plain ASCII.`,
    });
  }
  const refusal = provider.refuseKey(key);
  if (refusal !== undefined) {
    throw new RotaError({ kind: 'sign-in', reason: 'unsupported', message: refusal });
  }
  return key;
}
