import type { ChatEvent, Stage } from './event.ts';

/**
 * Puts parts that overlap one after another, for protocols that can have only one open: what belongs to a later part
 * waits until the earlier ones have ended. Parts keep the order in which they began.
 */
export function makeOneAtATime(): Stage<ChatEvent, ChatEvent> {
  let open: number | undefined;
  /** Parts that began while another was open, in that order, with what came of them so far. */
  const waiting = new Map<number, ChatEvent[]>();

  function release(out: ChatEvent[]): void {
    for (const [index, events] of waiting) {
      waiting.delete(index);
      out.push(...events);
      if (!events.some(isEnd)) {
        open = index;
        return;
      }
    }
  }

  function feedPart(event: ChatEvent & { index: number }): readonly ChatEvent[] {
    if (open === undefined && !isEnd(event)) open = event.index;
    if (event.index !== open) {
      const events = waiting.get(event.index) ?? [];
      waiting.set(event.index, events);
      events.push(event);
      return [];
    }
    if (!isEnd(event)) return [event];
    const out: ChatEvent[] = [event];
    open = undefined;
    release(out);
    return out;
  }

  return {
    feed: (event) => ('index' in event ? feedPart(event) : [event]),
    end: () => [],
  };
}

function isEnd(event: ChatEvent): boolean {
  return event.type.endsWith('-end');
}
