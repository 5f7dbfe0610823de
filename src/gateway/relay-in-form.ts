import type { ChatEvent } from '../chat/event.ts';
import type { ChatRequest } from '../chat/request.ts';
import { RotaError } from '../failure.ts';
import type { Spoken } from '../protocols/spoken.ts';
import type { AnswerContext } from '../protocols/translator.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { relay, type Carrier, type StreamCarrier } from './carrier.ts';
import { answerOf } from './translation.ts';

/** What a client asked for, as far as the form of its answer goes. */
export interface Wish {
  readonly stream: boolean;
  context(): Omit<AnswerContext, 'request'>;
  /** @throws RotaError of kind `invalid-request` */
  conversation(): ChatRequest;
}

/**
 * The same bytes, but for an answer in the wrong form: some servers answer whole where a stream was asked for, others know
 * nothing but streams, and a client reads only what it asked for. Such an answer is read and written anew.
 */
export function relayInForm(speech: Spoken, wish: Wish): Carrier {
  const { stream } = wish;
  const { translator } = speech;
  const retold = (told: readonly ChatEvent[], status: number, headers: HeaderFields) => {
    const request = { ...requestOf(wish), stream };
    const context = { ...wish.context(), ...idOf(told) };
    return answerOf(told, { client: speech, request, context, inArray: false }, status, headers);
  };
  if (stream) {
    return {
      ...relay,
      stream: (form) => mended(relay.stream(form), speech),
      body: (status, headers, body) =>
        retold(translator.decodeResponse(body.toString('utf8')), status, headers),
    };
  }
  return {
    ...relay,
    gather(status, headers, events) {
      const { feed, end } = translator.decodeStream();
      return retold([...events.flatMap((event) => feed(event)), ...end()], status, headers);
    },
  };
}

function mended(stream: StreamCarrier, { protocol }: Spoken): StreamCarrier {
  const mend = protocol.mendEnd?.();
  return mend ? { ...stream, push: mend, end: mend } : stream;
}

/** The answer keeps its name: a later request may go on from it. */
function idOf(told: readonly ChatEvent[]): { readonly id?: string } {
  for (const event of told) {
    if (event.type === 'message-start' && event.id !== undefined)
      return { id: event.id.replace(/^[a-z]+[-_]/, '') };
  }
  return {};
}

const unread: ChatRequest = {
  turns: [],
  tools: [],
  sampling: {},
  stopSequences: [],
  stream: false,
  extras: [],
};

/** Only what an answer repeats of the request depends on it: where that cannot be read, there is an answer all the same. */
function requestOf({ conversation }: Wish): ChatRequest {
  try {
    return conversation();
  } catch (error) {
    if (error instanceof RotaError) return unread;
    throw error;
  }
}
