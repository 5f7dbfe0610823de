import type { ChatEvent, Stage } from './event.ts';

/**
 * Ends an answer where a stop sequence begins, for a protocol that cannot ask its upstream to. What could be the
 * beginning of one is held back. After the cut nothing new begins; the finish waits for the upstream's own, which tells
 * what was used, and comes as well where the upstream fails behind the cut.
 */
export function makeStopCut(stopSequences: readonly string[]): Stage<ChatEvent, ChatEvent> {
  const stops = stopSequences.filter((stop) => stop !== '');
  let held = '';
  /** Parts that are open beside the text. */
  const open = new Set<number>();
  let cutBy: string | undefined;
  let isOver = false;

  function feedText(event: ChatEvent & { type: 'text-delta' }): readonly ChatEvent[] {
    const text = held + event.text;
    const found = firstStop(text, stops);
    if (!found) {
      const keep = couldBegin(text, stops);
      held = text.slice(text.length - keep);
      return textEvent(event.index, text.slice(0, text.length - keep));
    }
    cutBy = found.stop;
    open.delete(event.index);
    return [...textEvent(event.index, text.slice(0, found.at)), { type: 'text-end', index: event.index }];
  }

  function finish(): readonly ChatEvent[] {
    if (cutBy === undefined || isOver) return [];
    isOver = true;
    return [{ type: 'finish', reason: 'stop-sequence', stopSequence: cutBy }];
  }

  /** Behind the cut: what was open before it still ends, and the rest is as if it had not been said. */
  function feedRest(event: ChatEvent): readonly ChatEvent[] {
    if (event.type === 'finish' || event.type === 'failure') return finish();
    return event.type === 'usage' || ('index' in event && open.has(event.index)) ? [event] : [];
  }

  return {
    feed(event) {
      if (stops.length === 0) return [event];
      if (cutBy !== undefined) return feedRest(event);
      if (event.type.endsWith('-start') && 'index' in event) open.add(event.index);
      if (event.type === 'text-delta') return feedText(event);
      if (event.type.endsWith('-end') && 'index' in event) open.delete(event.index);
      if (event.type !== 'text-end') return [event];
      const rest = textEvent(event.index, held);
      held = '';
      return [...rest, event];
    },
    end: finish,
  };
}

function textEvent(index: number, text: string): readonly ChatEvent[] {
  return text === '' ? [] : [{ type: 'text-delta', index, text }];
}

function firstStop(
  text: string,
  stops: readonly string[],
): { readonly at: number; readonly stop: string } | undefined {
  const found = stops.map((stop) => ({ at: text.indexOf(stop), stop })).filter(({ at }) => at >= 0);
  return found.sort((one, other) => one.at - other.at)[0];
}

/** How many of the last characters could be the beginning of a stop sequence. */
function couldBegin(text: string, stops: readonly string[]): number {
  const longest = Math.max(...stops.map((stop) => stop.length)) - 1;
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    const tail = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(tail))) return length;
  }
  return 0;
}
