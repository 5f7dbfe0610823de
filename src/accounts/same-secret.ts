import type { Secret } from '../secret.ts';

/** Whether two secrets are the same; two absent ones are. */
export function sameSecret(one: Secret | undefined, other: Secret | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.equals(other.reveal());
}
