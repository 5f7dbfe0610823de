import { isWholeObject } from '../../chat/arguments.ts';
import { madeCallId } from '../../chat/call-ids.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { isRecord, numberOf, recordOf, textOf } from '../json-value.ts';

interface Call {
  id: string;
  name: string;
  readonly kind: 'function' | 'custom';
  /** Known once it has begun. */
  index?: number;
  /** All of its input so far. */
  text: string;
  isOver: boolean;
}

/** The calls of one answer, put together from their fragments. */
export interface CallReader {
  feed(deltas: readonly unknown[]): readonly ChatEvent[];
  /** Ends the calls that cannot go on, because something else begins. */
  endWhole(): readonly ChatEvent[];
  /** Ends all. @returns undefined where one never got a name */
  endAll(): readonly ChatEvent[] | undefined;
  readonly count: () => number;
}

/**
 * Fragments are addressed by `index`. Servers that only resemble the original leave it out, give all calls the same,
 * repeat id and name with every fragment, or give no id: then a new id begins a new call, and a call without one gets one.
 * @param nextIndex the place of the next part of the answer
 * @param seed what ids are made from, where there are none
 */
export function makeCallReader(nextIndex: () => number, seed: () => string): CallReader {
  const calls = new Map<number, Call>();
  /** Indices that turned out to be those of several calls: the latest of these goes on. */
  const moved = new Set<number>();
  let lastKey = 0;

  /** Calls that share an index are told apart by their ids, where the one before is whole and the next has a name. */
  function keyOf(index: number | undefined, id: string, name: string): number {
    const place = index === undefined || moved.has(index) ? lastKey : index;
    const last = calls.get(place);
    const isOther = last !== undefined && id !== '' && last.id !== '' && last.id !== id;
    if (!isOther || (index !== undefined && (name === '' || !isWhole(last)))) return place;
    if (index !== undefined) moved.add(index);
    return Math.max(...calls.keys()) + 1;
  }

  function feedOne(delta: unknown, out: ChatEvent[]): void {
    const { index, id, type, ...rest } = recordOf(delta);
    const isCustom = type === 'custom' || rest.custom !== undefined;
    const { name, arguments: text, input } = recordOf(isCustom ? rest.custom : rest.function);
    const key = keyOf(numberOf(index), textOf(id) ?? '', textOf(name) ?? '');
    lastKey = key;
    const call = calls.get(key) ?? begin(key, isCustom, out);
    call.id ||= textOf(id) ?? '';
    call.name ||= textOf(name) ?? '';
    add(call, inputText(isCustom ? input : text), out);
  }

  function begin(key: number, isCustom: boolean, out: ChatEvent[]): Call {
    out.push(...endWhole());
    const call: Call = { id: '', name: '', kind: isCustom ? 'custom' : 'function', text: '', isOver: false };
    calls.set(key, call);
    return call;
  }

  function add(call: Call, text: string, out: ChatEvent[]): void {
    if (call.isOver) return;
    call.text += text;
    if (call.index !== undefined) {
      if (text !== '') out.push({ type: 'tool-call-delta', index: call.index, text });
      return;
    }
    if (call.name !== '' && (call.id !== '' || call.text !== '')) open(call, out);
  }

  function open(call: Call, out: ChatEvent[]): void {
    const index = nextIndex();
    call.index = index;
    call.id ||= madeCallId(`${seed()} ${index} ${call.name}`, { prefix: 'call_' });
    out.push({ type: 'tool-call-start', index, id: call.id, name: call.name, kind: call.kind });
    if (call.text !== '') out.push({ type: 'tool-call-delta', index, text: call.text });
  }

  function finish(call: Call, out: ChatEvent[]): void {
    if (call.index === undefined) open(call, out);
    call.isOver = true;
    if (call.index !== undefined) out.push({ type: 'tool-call-end', index: call.index });
  }

  function endWhole(): readonly ChatEvent[] {
    const out: ChatEvent[] = [];
    for (const call of calls.values()) {
      if (!call.isOver && isWhole(call)) finish(call, out);
    }
    return out;
  }

  return {
    feed(deltas) {
      const out: ChatEvent[] = [];
      for (const delta of deltas) feedOne(delta, out);
      return out;
    },
    endWhole,
    endAll() {
      const out: ChatEvent[] = [];
      for (const call of calls.values()) {
        if (call.isOver) continue;
        if (call.name === '') return undefined;
        finish(call, out);
      }
      return out;
    },
    count: () => calls.size,
  };
}

function isWhole({ kind, text }: Call): boolean {
  return kind === 'function' && isWholeObject(text);
}

/** Some servers send the arguments as the object itself. */
function inputText(input: unknown): string {
  return isRecord(input) ? writeExactJson(input) : (textOf(input) ?? '');
}
