import type { ChatEvent, FinishReason } from '../../chat/event.ts';
import { given } from '../json-value.ts';

/** Reasons that are failures of the model's: it tried to call a tool, and could not. */
const failures: ReadonlyMap<string, string> = new Map([
  ['MALFORMED_FUNCTION_CALL', 'The upstream model produced a malformed function call.'],
  ['MALFORMED_RESPONSE', 'The upstream model produced a malformed answer.'],
  ['UNEXPECTED_TOOL_CALL', 'The upstream model called a tool that it was not given.'],
  ['TOO_MANY_TOOL_CALLS', 'The upstream model called too many tools in a row.'],
]);

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'end'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'filter'],
  ['RECITATION', 'filter'],
  ['LANGUAGE', 'filter'],
  ['BLOCKLIST', 'filter'],
  ['PROHIBITED_CONTENT', 'filter'],
  ['SPII', 'filter'],
]);

/** How an answer ended that has this `finishReason`. It says `STOP` after calls as well. */
export function decodeFinish(raw: string, message: string | undefined, hasCalls: boolean): ChatEvent {
  const failure = failures.get(raw);
  if (failure !== undefined) {
    return {
      type: 'failure',
      failure: { kind: 'bad-upstream', message: failure, code: raw.toLowerCase() },
    };
  }
  const reason = reasons.get(raw) ?? (/^(?:IMAGE_|NO_IMAGE)/.test(raw) ? 'filter' : 'other');
  const isPlain = reason === 'end' || reason === 'other';
  if (isPlain) return { type: 'finish', reason: hasCalls ? 'tool-calls' : reason, raw };
  return {
    type: 'finish',
    reason,
    raw,
    ...given({ explanation: reason === 'filter' ? message : undefined }),
  };
}

/** How a prompt was blocked: there is no answer, only the reason. */
export function decodeBlock(reason: string, message: string | undefined): ChatEvent {
  const words = message ? ` ${message}` : '';
  return {
    type: 'finish',
    reason: 'filter',
    raw: `blocked:${reason}`,
    explanation: `The prompt was blocked by the provider (${reason}).${words}`,
  };
}

export function encodeReason(reason: FinishReason): string {
  switch (reason) {
    case 'length':
      return 'MAX_TOKENS';
    case 'refusal':
    case 'filter':
      return 'SAFETY';
    case 'end':
    case 'stop-sequence':
    case 'tool-calls':
    case 'pause':
      return 'STOP';
    case 'other':
      return 'OTHER';
  }
}
