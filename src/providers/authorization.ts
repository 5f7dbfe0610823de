import type { Secret } from '../secret.ts';

/** The version of Anthropic's API, which goes with every call in its protocol. */
export const anthropicVersion = { 'anthropic-version': '2023-06-01' };

/** `Authorization: Bearer` (RFC 6750 §2.1); no header where there is no credential. */
export function bearer(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { authorization: `Bearer ${secret.reveal()}` };
}

/** In a header of a person's choice, lower case: as a bearer where it is one of authorization, else as it is. */
export function inHeader(header: string, secret: Secret): Record<string, string> {
  return { [header]: header.endsWith('authorization') ? `Bearer ${secret.reveal()}` : secret.reveal() };
}

/** The key header of Azure's resources. */
export function azureKey(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { 'api-key': secret.reveal() };
}

/** Whether a secret has the form of RFC 7519, as the access tokens of many authorization servers have. */
export function isJsonWebToken(secret: Secret): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret.reveal());
}

/** Anthropic's key header, with the version of the API that goes with it (platform.claude.com, "API overview"). */
export function anthropicKey(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { 'x-api-key': secret.reveal(), ...anthropicVersion };
}

/** A bearer token for Anthropic's protocol: of a gateway, or of a vendor's own tool. */
export function anthropicBearer(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { ...bearer(secret), ...anthropicVersion };
}

/**
 * What Anthropic's own command prints: a token goes as a bearer and says that it is one (platform.claude.com, "CLI authentication").
 * A key of the API does not begin like that.
 */
export function anthropicConsole(secret: Secret): Record<string, string> {
  if (!/^sk-ant-oat\d*-/.test(secret.reveal())) return anthropicKey(secret);
  return { ...anthropicBearer(secret), 'anthropic-beta': 'oauth-2025-04-20' };
}

/** Google's key header: unlike `?key=`, it does not end up in anybody's access log. */
export function googleKey(secret: Secret): Record<string, string> {
  return secret.isEmpty ? {} : { 'x-goog-api-key': secret.reveal() };
}
