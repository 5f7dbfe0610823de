import type { Secret } from '../secret.ts';
import type { CommandCredential, Credential, ServiceAccountCredential } from './credential.ts';

/** A token that was made when it was needed, and is in memory only. */
export interface MadeToken {
  readonly secret: Secret;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What makes tokens: a tool that prints them, or a key with which they are asked for. */
export type TokenMaker = CommandCredential | ServiceAccountCredential;

export function makesTokens(credential: Credential | undefined): credential is TokenMaker {
  return credential?.kind === 'command' || credential?.kind === 'serviceAccount';
}
