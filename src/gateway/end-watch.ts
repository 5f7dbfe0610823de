import type { Ending } from '../protocols/protocol.ts';

/** How often is looked, in milliseconds: so long at least has an upstream to close its stream behind the last event. */
const LOOK_MS = 500;
/** Where asides may yet come, for so many looks nothing may: a connection may falter, and some servers name an end too early. */
const QUIET_LOOKS = 30;

/** Notices that a stream has come to its end though its connection stays open. */
export interface EndWatch {
  /** Something came. */
  heard(): void;
  stop(): void;
}

export interface WatchedStream {
  /** How it looks now. */
  judge(): Ending;
  /** Whether the upstream waits for a slow client: then it is not its own silence. */
  isPaused(): boolean;
  /** Called once, when nothing more is awaited. */
  over(): void;
}

/**
 * Most upstreams close their stream behind the last event, and their connection serves again. Others leave it open: what
 * they have said is whole all the same. The tail is judged twice a second at most, and only where something came.
 */
export function watchForEnd({ judge, isPaused, over }: WatchedStream): EndWatch {
  let isFresh = false;
  let quietLooks = 0;
  let rest: Ending['rest'];
  const timer = setInterval(look, LOOK_MS);

  function stop(): void {
    clearInterval(timer);
  }

  function look(): void {
    if (rest === 'nothing') return finish();
    if (isFresh || isPaused()) {
      isFresh = false;
      quietLooks = 0;
      ({ rest } = judge());
      return;
    }
    quietLooks += 1;
    if (rest === 'asides' && quietLooks >= QUIET_LOOKS) finish();
  }

  function finish(): void {
    stop();
    over();
  }

  return { heard: () => void (isFresh = true), stop };
}
