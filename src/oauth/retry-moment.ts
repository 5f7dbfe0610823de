/** A day: a server whose clock is off, or that means years, ends no account by itself. */
const longestMs = 86_400_000;

/**
 * The time before which a server does not want to be asked again (`Retry-After`, RFC 9110 §10.2.3), in milliseconds since the
 * epoch by our clock. `undefined` where it names none.
 */
export function retryMoment(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : untilMs(value, headers, nowMs);
  return waitMs > 0 ? nowMs + Math.min(waitMs, longestMs) : undefined;
}

/** A date is one of the server's own clock, which it tells as well; NaN where it is none. */
function untilMs(date: string, headers: Headers, nowMs: number): number {
  const serverMs = Date.parse(headers.get('date') ?? '');
  return Date.parse(date) - (Number.isNaN(serverMs) ? nowMs : serverMs);
}
