/** The machine's monotonic clock in milliseconds: the same in all processes, unlike `performance.now`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
