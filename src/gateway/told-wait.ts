import { MAX_RETRY_AFTER_S } from '../protocols/exhausted.ts';

/** Statuses that ask a client to wait, as far as it is told for how long. */
const waiting: ReadonlySet<number> = new Set([429, 503, 529]);

/** How a wait is named, and whether to come back at all. */
const names: ReadonlySet<string> = new Set(['retry-after', 'retry-after-ms', 'x-should-retry']);

/**
 * The headers of an error that is handed through, with a wait that clients bear. Some give up where a limit names none, and
 * two SDKs sleep for as long as they are told.
 * @param headers flat, names in lower case
 * @param own what is known here of the way on; asked for only where the upstream named no such wait
 */
export function withBearableWait(
  status: number,
  headers: readonly string[],
  own: () => Readonly<Record<string, string>>,
): readonly string[] {
  if (!waiting.has(status) || isBearable(headers)) return headers;
  const others = headers.filter((_, at) => !names.has(headers[at - (at % 2)] ?? ''));
  return [...others, ...Object.entries(own()).flat()];
}

function isBearable(headers: readonly string[]): boolean {
  const seconds = numberIn(headers, 'retry-after');
  const ms = numberIn(headers, 'retry-after-ms') ?? 0;
  return seconds !== undefined && seconds <= MAX_RETRY_AFTER_S && ms <= MAX_RETRY_AFTER_S * 1000;
}

/** Undefined also for a date, which not all clients read. */
function numberIn(headers: readonly string[], name: string): number | undefined {
  const at = headers.findIndex((one, place) => place % 2 === 0 && one === name);
  const value = at < 0 ? undefined : headers[at + 1];
  return value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}
