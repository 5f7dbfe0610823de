/** A server accepts what was signed a few minutes from its own time. */
const toleratedMs = 5 * 60_000;
const minuteMs = 60_000;

/**
 * What to tell a person where a signed token was refused and the reason is the time: the refusal is about `iat` or `exp`
 * (Google: "Token must be a short-lived token … Check your iat and exp values"), which are always set in the same way, or the
 * server's clock is far from ours. `undefined` where it is something else.
 * @param aheadMs by how much the server's clock is ahead of ours, in milliseconds, where it is known.
 */
export function clockWords(description: unknown, aheadMs: number | undefined): string | undefined {
  const isTold = typeof description === 'string' && /\b(?:iat|exp)\b/.test(description);
  const offMs = Math.abs(aheadMs ?? 0);
  if (!isTold && offMs <= toleratedMs) return undefined;
  return `The clock of this machine is wrong${byHowMuch(aheadMs)}. Set it right, then it works again.`;
}

function byHowMuch(aheadMs: number | undefined): string {
  const minutes = Math.round(Math.abs(aheadMs ?? 0) / minuteMs);
  if (aheadMs === undefined || minutes === 0) return '';
  const unit = minutes === 1 ? 'minute' : 'minutes';
  return `: it is ${minutes} ${unit} ${aheadMs > 0 ? 'behind' : 'ahead'}`;
}
