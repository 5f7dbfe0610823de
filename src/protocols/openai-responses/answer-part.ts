import { legalCallId } from '../../chat/call-ids.ts';
import { sealState } from '../../chat/envelope.ts';
import type { ChatEvent } from '../../chat/event.ts';
import type { ReasoningState } from '../../chat/part.ts';
import { recordOf, textOf } from '../json-value.ts';
import { callIdRule } from './encode-request.ts';
import type { ItemEvent } from './output-item.ts';
import type { Output } from './output.ts';
import { stateSource } from './wire-name.ts';

/** An event of a part. */
export type PartEvent = Extract<ChatEvent, { readonly index: number }>;

/** Writes the events of a part; each text part is a message of its own. */
export function writePart(output: Output, event: PartEvent): readonly ItemEvent[] {
  switch (event.type) {
    case 'text-start':
      return output.close('completed');
    case 'text-delta':
      return output.text(event.text, event.logprobs);
    case 'refusal-delta':
      return output.refusal(event.text);
    case 'reasoning-delta':
      return output.reasoning(event.text);
    case 'reasoning-end':
      return output.endReasoning(event.state && encryptedContent(event.state));
    case 'tool-call-start': {
      const { id, name, namespace, kind } = event;
      const callId = legalCallId(id, callIdRule);
      return output.startCall({ callId, name, ...(namespace === undefined ? {} : { namespace }) }, kind);
    }
    case 'tool-call-delta':
      return output.callInput(event.text);
    case 'image-start':
      return output.image(event.mediaType, event.data);
    case 'image-end':
    case 'text-end':
    case 'refusal-start':
    case 'refusal-end':
    case 'reasoning-start':
    case 'tool-call-end':
      return [];
  }
}

/** What the client keeps and sends back: this protocol's own state as it is, any other in an envelope. */
export function encryptedContent(state: ReasoningState): string {
  const own = state.source === stateSource ? textOf(recordOf(state.blocks[0]).encrypted_content) : undefined;
  return own ?? sealState(state);
}
