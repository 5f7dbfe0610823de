import { madeCallId } from './call-ids.ts';
import type { AnswerFailure, ChatEvent, Stage } from './event.ts';

const nameless: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream model produced a malformed function call.',
  code: 'malformed_function_call',
};

/**
 * Calls that a client can answer: each has a name, and an id of its own. Results are told apart by the ids alone, and
 * some servers give the same to several calls of one answer. A call without a name is a failure, the last event there is.
 */
export function makeSoundCalls(): Stage<ChatEvent, ChatEvent> {
  const used = new Map<string, number>();
  let hasFailed = false;

  function begin(event: ChatEvent & { type: 'tool-call-start' }): ChatEvent {
    if (event.name === '') {
      hasFailed = true;
      return { type: 'failure', failure: nameless };
    }
    const times = used.get(event.id) ?? 0;
    used.set(event.id, times + 1);
    return times === 0 ? event : { ...event, id: madeCallId(`${event.id}#${times}`, { prefix: 'call_' }) };
  }

  return {
    feed(event) {
      if (hasFailed) return [];
      return [event.type === 'tool-call-start' ? begin(event) : event];
    },
    end: () => [],
  };
}
