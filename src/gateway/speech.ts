import type { ChatRequest } from '../chat/request.ts';
import { RotaError } from '../failure.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { heard, spoken, type Heard, type Spoken } from '../protocols/spoken.ts';
import type { Provider } from '../providers/provider.ts';
import type { Exchange } from './gateway.ts';

/** The protocols that a request can be translated to. None for requests of another kind: counting, embeddings. */
export function translatesTo(protocol: Protocol): readonly string[] {
  if (!speechOf(protocol)) return [];
  return spoken.flatMap((one) => (one.protocol.name === protocol.name ? [] : [one.protocol.name]));
}

export function speechOf(protocol: Protocol): Heard | undefined {
  return heard.find((one) => one.protocol === protocol);
}

/** A protocol whose answers can be read as well as written. */
export function ownSpeech(protocol: Protocol): Spoken | undefined {
  return spoken.find((one) => one.protocol === protocol);
}

/** What a provider is spoken to in where it does not have the client's protocol. */
export function foreignSpeech({ protocols }: Provider): Spoken | undefined {
  return spoken.find(({ protocol }) => protocols[protocol.name] !== undefined);
}

/** @throws RotaError of kind `invalid-request` */
export function readConversation({ protocol, address, body }: Exchange, model: string): ChatRequest {
  const speech = speechOf(protocol);
  if (!speech)
    throw new RotaError({ kind: 'invalid-request', message: 'This request cannot be translated.' });
  return speech.translator.decodeRequest(body.toString('utf8'), protocol.path(address, model));
}
