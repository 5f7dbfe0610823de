/** No quota window is longer than a week; a day more forgives clocks. Whatever asks for more is clamped. */
export const MAX_WAIT_MS = 8 * 24 * 3_600_000;

/** A wait of more than a year is a slip of the unit or of the clock, and no word at all. */
const MAX_CREDIBLE_MS = 366 * 24 * 3_600_000;

/** Numbers from here on are seconds since the epoch (2001), below they are seconds to wait. */
const FIRST_EPOCH_SECONDS = 1e9;
/** Numbers from here on are milliseconds since the epoch (1973), below seconds. */
const FIRST_EPOCH_MILLISECONDS = 1e11;

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = MONTHS.join('|');
const TIME = String.raw`(\d\d):(\d\d):(\d\d)`;
const IMF_FIXDATE = new RegExp(String.raw`^\w{3}, (\d\d) (${MONTH}) (\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(String.raw`^\w{6,9}, (\d\d)-(${MONTH})-(\d\d) ${TIME} GMT$`);
const ASCTIME = new RegExp(String.raw`^\w{3} (${MONTH}) ([ \d]\d) ${TIME} (\d{4})$`);

const RFC_3339 = /^\s*(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)([Zz]|[+-]\d\d:\d\d)?\s*$/;

/** A wait in whole milliseconds between 0 and 8 days; `undefined` for what is no number, or more than anybody can mean. */
export function boundedMs(ms: number): number | undefined {
  if (Number.isNaN(ms) || ms > MAX_CREDIBLE_MS) return undefined;
  return Math.min(Math.max(Math.round(ms), 0), MAX_WAIT_MS);
}

/** A number of at least 0 written in decimal digits; of a repeated header (`20, 20`) the first. */
export function readNumber(text: string): number | undefined {
  const digits = /^\s*(\d+(?:\.\d+)?)\s*(?:,|$)/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A duration as Go prints it (`12ms`, `6m0s`, `1h2m3.5s`) and as JSON writes google.protobuf.Duration (`38.2s`), in milliseconds. */
export function readDurationMs(text: string): number | undefined {
  // One look at each part, from where the last one ended: this runs on every answer.
  const part = /\s*(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)\s*/y;
  let sum = 0;
  while (part.lastIndex < text.length) {
    const [, count, unit = ''] = part.exec(text) ?? [];
    if (count === undefined) return undefined;
    sum += Number(count) * (UNIT_MS[unit] ?? 0);
  }
  return text === '' ? undefined : sum;
}

/** RFC 3339, in milliseconds since the epoch; a moment without an offset is taken as UTC. */
export function readTimestamp(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  // The usual form is read as it is: putting it together anew takes as long as reading it.
  const isUsual = match[3] === 'Z' && text.charAt(10) === 'T';
  const ms = Date.parse(isUsual ? text : `${match[1]}T${match[2]}${(match[3] ?? 'Z').toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * An HTTP date in any of the three forms of RFC 9110 §5.6.7, in milliseconds since the epoch. `now` settles the century of a
 * year with two digits. (`Date.parse` reads the third form in the local time zone.)
 */
export function readHttpDate(text: string, now: number): number | undefined {
  const imf = IMF_FIXDATE.exec(text.trim());
  if (imf !== null) return utc(imf[3], imf[2], imf[1], imf.slice(4));
  const asctime = ASCTIME.exec(text.trim());
  if (asctime !== null) return utc(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
  const rfc850 = RFC_850.exec(text.trim());
  if (rfc850 === null) return undefined;
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(rfc850[3]);
  // More than 50 years ahead means the past century.
  return utc(String(year > thisYear + 50 ? year - 100 : year), rfc850[2], rfc850[1], rfc850.slice(4));
}

function utc(year = '', month = '', day = '', time: readonly string[] = []): number {
  const [hour, minute, second] = time.map(Number);
  return Date.UTC(Number(year), MONTHS.indexOf(month), Number(day), hour, minute, second);
}

/** How long until a reset that is given as a number (seconds to wait, or epoch seconds or milliseconds), a duration or a timestamp. */
export function untilResetMs(value: unknown, now: number): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const ms =
    readDurationMs(text) ?? fromNumber(readNumber(text), now) ?? fromMoment(readTimestamp(text), now);
  return ms === undefined ? undefined : boundedMs(ms);
}

function fromNumber(count: number | undefined, now: number): number | undefined {
  if (count === undefined || count < FIRST_EPOCH_SECONDS)
    return count === undefined ? undefined : count * 1000;
  return count < FIRST_EPOCH_MILLISECONDS ? count * 1000 - now : count - now;
}

function fromMoment(moment: number | undefined, now: number): number | undefined {
  return moment === undefined ? undefined : moment - now;
}

/** How long until the next midnight in a time zone (IANA name): where daily quotas begin anew. Right across a change of clocks, too. */
export function untilMidnightMs(now: number, timeZone: string): number {
  const guess = now + 24 * 3_600_000 - sinceMidnightMs(now, timeZone);
  // On a day of 23 or 25 hours the guess is an hour off, to either side.
  const off = sinceMidnightMs(guess, timeZone);
  return (off > 12 * 3_600_000 ? guess + 24 * 3_600_000 - off : guess - off) - now;
}

function sinceMidnightMs(moment: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium', hourCycle: 'h23' });
  const [hour = 0, minute = 0, second = 0] = clock.format(moment).split(':').map(Number);
  return ((hour * 60 + minute) * 60 + second) * 1000 + (((moment % 1000) + 1000) % 1000);
}
