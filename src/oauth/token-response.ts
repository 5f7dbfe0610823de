import type { AnswerNames } from './types.ts';

/** The members of a token endpoint's answer that are worth something, each only where it has a usable form. */
export interface TokenBody {
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  readonly tokenType?: string;
  readonly expiresInSeconds?: number;
}

/** What a token endpoint said: tokens, an error with its code (RFC 6749 §5.2), or nothing that can be understood. */
export type TokenReading =
  | { readonly kind: 'tokens'; readonly body: TokenBody }
  | { readonly kind: 'error'; readonly code: string; readonly description: unknown }
  | { readonly kind: 'malformed' };

/** RFC 6749 §5.1. */
const usualNames: AnswerNames = { accessToken: 'access_token', expiresIn: 'expires_in' };

/**
 * Reads an answer member by member: a member of a wrong form is left out and never spoils the others, for an answer
 * may hold the only copy of a new refresh token.
 */
export function readTokenResponse(
  status: number,
  text: string,
  names: AnswerNames = usualNames,
): TokenReading {
  const members = readObject(text);
  if (members === undefined) return { kind: 'malformed' };
  const body = tokenBody(members, names);
  if (status < 300 && (body.accessToken !== undefined || body.refreshToken !== undefined)) {
    return { kind: 'tokens', body };
  }
  const code = nonEmpty(members['error']);
  return code === undefined
    ? { kind: 'malformed' }
    : { kind: 'error', code, description: members['error_description'] };
}

/** A JSON object, or `undefined` for any other text. */
export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function tokenBody(members: Readonly<Record<string, unknown>>, names: AnswerNames): TokenBody {
  const accessToken = nonEmpty(members[names.accessToken]);
  const refreshToken = nonEmpty(members['refresh_token']);
  const idToken = nonEmpty(members['id_token']);
  const tokenType = nonEmpty(members['token_type']);
  const expiresInSeconds = seconds(members[names.expiresIn]);
  return {
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(tokenType === undefined ? {} : { tokenType }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

// Some servers send the number as a string.
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
