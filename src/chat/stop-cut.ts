import type { ChatEvent, Stage } from './event.ts';

/**
 * Ends an answer where a stop sequence begins, for a protocol that cannot ask its upstream to. What could be the
 * beginning of one is held back. After the cut nothing more comes, so that the upstream call may be ended.
 */
export function makeStopCut(stopSequences: readonly string[]): Stage<ChatEvent, ChatEvent> {
  const stops = stopSequences.filter((stop) => stop !== '');
  let held = '';
  let isOver = false;

  function feedText(event: ChatEvent & { type: 'text-delta' }): readonly ChatEvent[] {
    const text = held + event.text;
    const found = firstStop(text, stops);
    if (!found) {
      const keep = couldBegin(text, stops);
      held = text.slice(text.length - keep);
      return textEvent(event.index, text.slice(0, text.length - keep));
    }
    isOver = true;
    return [
      ...textEvent(event.index, text.slice(0, found.at)),
      { type: 'text-end', index: event.index },
      { type: 'finish', reason: 'stop-sequence', stopSequence: found.stop },
    ];
  }

  return {
    feed(event) {
      if (isOver) return [];
      if (stops.length === 0) return [event];
      if (event.type === 'text-delta') return feedText(event);
      if (event.type !== 'text-end') return [event];
      const rest = textEvent(event.index, held);
      held = '';
      return [...rest, event];
    },
    end: () => [],
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
