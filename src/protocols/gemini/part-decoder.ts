import { madeCallId } from '../../chat/call-ids.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { recordOf, textOf, type JsonRecord } from '../json-value.ts';
import { signatureState } from './signature.ts';

export interface PartDecoder {
  /** @param seed what tells this answer from every other, for ids of calls that have none */
  read(part: JsonRecord, seed: string): readonly ChatEvent[];
  /** Finishes what is open. */
  close(): readonly ChatEvent[];
  hasCalls(): boolean;
}

/** The parts of an answer, in whatever pieces they come: adjoining pieces of one kind are one part. */
export function makePartDecoder(): PartDecoder {
  let count = 0;
  let callCount = 0;
  let open: { readonly kind: 'text' | 'reasoning'; readonly index: number } | undefined;

  const close = (): readonly ChatEvent[] => {
    if (!open) return [];
    const { kind, index } = open;
    open = undefined;
    return [{ type: `${kind}-end`, index }];
  };
  const write = (kind: 'text' | 'reasoning', text: string): readonly ChatEvent[] => {
    if (text === '') return [];
    if (open?.kind === kind) return [{ type: `${kind}-delta`, index: open.index, text }];
    const before = close();
    const index = count++;
    open = { kind, index };
    return [...before, { type: `${kind}-start`, index }, { type: `${kind}-delta`, index, text }];
  };
  /** The signature belongs to the reasoning that led to the call. */
  const endReasoning = (signature: string): readonly ChatEvent[] => {
    const state = signatureState(callCount, signature);
    if (open?.kind === 'reasoning') {
      const { index } = open;
      open = undefined;
      return [{ type: 'reasoning-end', index, state }];
    }
    const before = close();
    const index = count++;
    return [...before, { type: 'reasoning-start', index }, { type: 'reasoning-end', index, state }];
  };
  const writeCall = (part: JsonRecord, seed: string): readonly ChatEvent[] => {
    const call = recordOf(part.functionCall);
    const name = textOf(call.name) ?? '';
    const text = JSON.stringify(recordOf(call.args));
    const signature = textOf(part.thoughtSignature);
    const before = signature ? endReasoning(signature) : close();
    const index = count++;
    const made = madeCallId(`${seed} ${callCount} ${name} ${text}`, { prefix: 'call_' });
    callCount += 1;
    return [
      ...before,
      { type: 'tool-call-start', index, id: textOf(call.id) || made, name, kind: 'function' },
      { type: 'tool-call-delta', index, text },
      { type: 'tool-call-end', index },
    ];
  };

  return {
    read: (part, seed) => {
      if (part.functionCall !== undefined) return writeCall(part, seed);
      return write(part.thought === true ? 'reasoning' : 'text', textOf(part.text) ?? '');
    },
    close,
    hasCalls: () => callCount > 0,
  };
}
