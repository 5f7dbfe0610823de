import type { Secret } from '../secret.ts';

const ANTHROPIC_VERSION = '2023-06-01';

/** `Authorization: Bearer` (RFC 6750 §2.1); no header where there is no credential. */
export function bearer(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { authorization: `Bearer ${secret.reveal()}` };
}

/** Anthropic's key header, with the version of the API that goes with it (platform.claude.com, "API overview"). */
export function anthropicKey(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { 'x-api-key': secret.reveal(), 'anthropic-version': ANTHROPIC_VERSION };
}

/** A bearer token for Anthropic's protocol: of a gateway, or of a vendor's own tool. */
export function anthropicBearer(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { ...bearer(secret), 'anthropic-version': ANTHROPIC_VERSION };
}

/** Google's key header: unlike `?key=`, it does not end up in anybody's access log. */
export function googleKey(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { 'x-goog-api-key': secret.reveal() };
}
