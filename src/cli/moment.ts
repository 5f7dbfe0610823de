/** A moment as people read it: the time alone where it is today, else with the day. Local time; empty where it is none. */
export function momentWords(iso: string, nowMs: number): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return '';
  const now = new Date(nowMs);
  const time = `${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}`;
  return dayOf(moment) === dayOf(now) ? time : `${dayOf(moment)} ${time}`;
}

/** The day alone, in local time. */
export function dayWords(iso: string): string {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? '' : dayOf(moment);
}

/** How long is left, as `4:05`. */
export function minutesLeft(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`;
}

function dayOf(moment: Date): string {
  return `${moment.getFullYear()}-${twoDigits(moment.getMonth() + 1)}-${twoDigits(moment.getDate())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
