import { makeCustomInput, type CustomInput } from './custom-input.ts';
import type { ChatEvent, Stage } from './event.ts';
import type { ToolName } from './part.ts';
import { makeSoundCalls } from './sound-calls.ts';
import { makeStopCut } from './stop-cut.ts';

/** What must be undone in the answer to a request as it was sent. */
export interface Restoration {
  /** What the client calls its tools, by the name on the wire. */
  readonly toolNames: ReadonlyMap<string, ToolName>;
  /** Stop sequences that the upstream was not asked to obey. */
  readonly cutAt: readonly string[];
}

/** An upstream's events in the client's terms: its own tool names, free text for its custom tools, its stops, sound calls. */
export function makeRestorer(restoration: Restoration): Stage<ChatEvent, ChatEvent> {
  const sound = makeSoundCalls();
  const cut = makeStopCut(restoration.cutAt);
  const customInputs = new Map<number, CustomInput>();

  function begin(event: ChatEvent & { type: 'tool-call-start' }): readonly ChatEvent[] {
    const original = restoration.toolNames.get(event.name);
    if (!original) return [event];
    if (original.kind === 'custom' && event.kind === 'function') {
      customInputs.set(event.index, makeCustomInput());
    }
    return [{ ...event, ...original }];
  }

  function restore(event: ChatEvent): readonly ChatEvent[] {
    if (event.type === 'tool-call-start') return begin(event);
    if (event.type === 'tool-call-delta') {
      const input = customInputs.get(event.index);
      return input ? delta(event.index, input.feed(event.text)) : [event];
    }
    if (event.type !== 'tool-call-end') return [event];
    const rest = customInputs.get(event.index)?.end() ?? '';
    return [...delta(event.index, rest), event];
  }

  return {
    feed: (event) =>
      sound
        .feed(event)
        .flatMap(restore)
        .flatMap((restored) => cut.feed(restored)),
    end: () => cut.end(),
  };
}

function delta(index: number, text: string): readonly ChatEvent[] {
  return text === '' ? [] : [{ type: 'tool-call-delta', index, text }];
}
