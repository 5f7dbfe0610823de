import { madeCallId } from '../../chat/call-ids.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { imageEvents } from '../../chat/events-of.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import { given, recordOf, textOf, type JsonRecord } from '../json-value.ts';
import { signatureState } from './signature.ts';

export interface PartDecoder {
  /**
   * @param seed what tells this answer from every other, for ids of calls that have none
   * @param logprobs of the text, where there is some
   */
  read(part: JsonRecord, seed: string, logprobs?: readonly SaidToken[]): readonly ChatEvent[];
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
  const write = (
    kind: 'text' | 'reasoning',
    text: string,
    logprobs?: readonly SaidToken[],
  ): readonly ChatEvent[] => {
    if (text === '') return [];
    const tokens = kind === 'text' ? given({ logprobs }) : {};
    const delta = (index: number): ChatEvent => ({ type: `${kind}-delta`, index, text, ...tokens });
    if (open?.kind === kind) return [delta(open.index)];
    const before = close();
    const index = count++;
    open = { kind, index };
    return [...before, { type: `${kind}-start`, index }, delta(index)];
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
    const text = writeExactJson(recordOf(call.args));
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
    read: (part, seed, logprobs) => {
      if (part.functionCall !== undefined) return writeCall(part, seed);
      const image = imageOf(part);
      if (image) return [...close(), ...imageEvents(count++, image)];
      return write(part.thought === true ? 'reasoning' : 'text', textOf(part.text) ?? '', logprobs);
    },
    close,
    hasCalls: () => callCount > 0,
  };
}

/** An image that the model made; a thought of one is none of the answer's. */
function imageOf({ inlineData, thought }: JsonRecord): { mediaType: string; data: string } | undefined {
  const { mimeType, data } = recordOf(inlineData);
  const mediaType = textOf(mimeType) ?? '';
  return mediaType.startsWith('image/') && typeof data === 'string' && thought !== true
    ? { mediaType, data }
    : undefined;
}
