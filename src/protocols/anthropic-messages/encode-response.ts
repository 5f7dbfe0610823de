import { foldAnswer } from '../../chat/answer.ts';
import { parseArguments, wrapCustomInput } from '../../chat/arguments.ts';
import { legalCallId } from '../../chat/call-ids.ts';
import { endedEarly, type ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { AssistantPart } from '../../chat/part.ts';
import type { AnswerContext, EncodedResponse } from '../translator.ts';
import { callIdRule } from './encode-request.ts';
import { imageNote, messageHead, redactedBlock, signatureOf } from './encode-stream.ts';
import { encodeFailure } from './answer-failure.ts';
import { encodeStop } from './stop-reason.ts';
import { encodeMessageUsage } from './usage.ts';

/** A whole `message`, or the error in its place. */
export function encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse {
  const { parts, usage, finish, failure } = foldAnswer(events);
  if (failure || !finish) return encodeFailure(failure ?? endedEarly);
  const details = { thinking_tokens: usage.reasoningTokens ?? 0 };
  const body = {
    ...messageHead(context),
    content: parts.flatMap(encodePart),
    ...encodeStop(finish),
    usage: encodeMessageUsage(usage, details),
  };
  return { status: 200, body: writeExactJson(body) };
}

function encodePart(part: AssistantPart): readonly object[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      // Without `citations`: the AI SDK takes a list or nothing, and refuses the whole answer for a null.
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'reasoning': {
      const redacted = redactedBlock(part.state);
      if (redacted) return [redacted];
      const signature = part.state ? signatureOf(part.state) : '';
      return part.text === '' && signature === ''
        ? []
        : [{ type: 'thinking', thinking: part.text, signature }];
    }
    case 'tool-call': {
      const { id, name, kind, input } = part;
      const parsed = parseArguments(kind === 'custom' ? wrapCustomInput(input) : input);
      const caller = { type: 'direct' };
      return [{ type: 'tool_use', id: legalCallId(id, callIdRule), name, input: parsed, caller }];
    }
    case 'image':
      return part.source.kind === 'base64' ? [{ type: 'text', text: imageNote(part.source) }] : [];
    case 'native':
      return [];
  }
}
