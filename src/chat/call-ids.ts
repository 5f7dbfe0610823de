import { createHash } from 'node:crypto';
import type { AssistantPart, ToolResultPart } from './part.ts';
import type { Turn } from './request.ts';

/** What a protocol demands of the ids of calls. */
export interface CallIdRule {
  readonly maxLength: number;
  /** `call_`, `toolu_`: for ids that have to be made. */
  readonly prefix: string;
}

const LEGAL = /^[a-zA-Z0-9_-]+$/;
const MADE_CHARACTERS = 24;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The same id where it is legal, else one made of its hash: the same every time, so that prompt caches hold. */
export function legalCallId(id: string, rule: CallIdRule): string {
  return id.length <= rule.maxLength && LEGAL.test(id) ? id : madeCallId(id, rule);
}

/** An id that is made of something: the same of the same. */
export function madeCallId(seed: string, { prefix }: Pick<CallIdRule, 'prefix'>): string {
  const digest = createHash('sha256').update(seed).digest();
  const characters = [...digest.subarray(0, MADE_CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return prefix + characters.join('');
}

/**
 * The same turns with ids that are legal, and unique in the whole conversation: some servers count their calls from 0
 * in every turn. Expects settled turns, whose results stand in the order of their calls.
 */
export function withLegalCallIds(turns: readonly Turn[], rule: CallIdRule): readonly Turn[] {
  const used = new Map<string, number>();
  let ids: readonly string[] = [];
  return turns.map((turn): Turn => {
    if (turn.role === 'tool') return { ...turn, parts: withIds(turn.parts, ids) };
    if (turn.role !== 'assistant') return turn;
    ids = turn.parts.flatMap((part) => (part.type === 'tool-call' ? [uniqueId(part.id, rule, used)] : []));
    return ids.length === 0 ? turn : { ...turn, parts: withCallIds(turn.parts, ids) };
  });
}

function uniqueId(id: string, rule: CallIdRule, used: Map<string, number>): string {
  const times = used.get(id) ?? 0;
  used.set(id, times + 1);
  return times === 0 ? legalCallId(id, rule) : madeCallId(`${id}#${times}`, rule);
}

function withIds(results: readonly ToolResultPart[], ids: readonly string[]): readonly ToolResultPart[] {
  return results.map((result, place) => ({ ...result, callId: ids[place] ?? result.callId }));
}

function withCallIds(parts: readonly AssistantPart[], ids: readonly string[]): readonly AssistantPart[] {
  let place = 0;
  return parts.map((part) => {
    if (part.type !== 'tool-call') return part;
    const id = ids[place] ?? part.id;
    place += 1;
    return { ...part, id };
  });
}
