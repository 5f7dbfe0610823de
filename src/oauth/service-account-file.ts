import { createPrivateKey } from 'node:crypto';
import { addressProblem } from '../address.ts';
import { Secret } from '../secret.ts';
import { readObject } from './token-response.ts';
import type { ServiceAccountKey } from './types.ts';

/** The file that a console downloads with the key of a service account, or what is wrong with it. */
export type ServiceAccountReading =
  | { readonly kind: 'key'; readonly key: ServiceAccountKey; readonly projectId?: string }
  /** The end of a sentence that begins with the file's name; nothing of a key stands in it. */
  | { readonly kind: 'none'; readonly problem: string };

/** Reads and checks such a file (cloud.google.com/iam/docs/keys-create-delete): what is in it can sign. */
export function readServiceAccountFile(text: Secret): ServiceAccountReading {
  // Some editors put a byte order mark before it.
  const members = readObject(text.reveal().replace(/^\uFEFF/, ''));
  if (members === undefined) return { kind: 'none', problem: 'is not JSON.' };
  const problem = problemIn(members);
  if (problem !== undefined) return { kind: 'none', problem };
  const keyId = textOf(members['private_key_id']);
  const projectId = textOf(members['project_id']);
  return {
    kind: 'key',
    key: {
      clientEmail: textOf(members['client_email']) ?? '',
      privateKey: new Secret(textOf(members['private_key']) ?? ''),
      ...(keyId !== undefined && { keyId }),
      tokenEndpoint: textOf(members['token_uri']) ?? '',
    },
    ...(projectId !== undefined && { projectId }),
  };
}

function problemIn(members: Readonly<Record<string, unknown>>): string | undefined {
  const { type, client_email: email, private_key: privateKey, token_uri: tokenEndpoint } = members;
  if (type !== 'service_account') return typeProblem(members);
  if (textOf(email) === undefined) return 'has no "client_email".';
  // It is a label and a part of what is signed, and is shown on terminals.
  if (!/^[\x21-\x7e]+$/.test(textOf(email) ?? '')) return 'has a "client_email" that is not one word.';
  const keyProblem = privateKeyProblem(textOf(privateKey));
  if (keyProblem !== undefined) return keyProblem;
  if (textOf(tokenEndpoint) === undefined) return 'has no "token_uri".';
  return addressProblem(textOf(tokenEndpoint) ?? '', { allowHttp: false, query: 'accepted' }) === undefined
    ? undefined
    : 'has a "token_uri" that nothing may be sent to: it must be an https address, or http on this machine.';
}

function typeProblem({ type, installed, web }: Readonly<Record<string, unknown>>): string {
  if (installed !== undefined || web !== undefined) {
    return 'is of a registered application, and not the key of a service account.';
  }
  // Only what looks like a type is told: anything else may be a secret in the wrong place.
  const named =
    typeof type === 'string' && /^[a-z_]{1,40}$/.test(type) ? `is of the type "${type}"` : 'has another type';
  return `${named}, and the key of a service account is of the type "service_account".`;
}

function privateKeyProblem(pem: string | undefined): string | undefined {
  if (pem === undefined) return 'has no "private_key".';
  try {
    const kind = createPrivateKey(pem).asymmetricKeyType;
    return kind === 'rsa' ? undefined : 'has a "private_key" that is not of the kind RSA.';
  } catch {
    // Without the platform's own words: they may be about what the key holds.
    return 'has a "private_key" that cannot be read: it must stand there as it was downloaded (PEM).';
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
