import type { Complaint, Content } from './behaviour.ts';
import type { Frame } from './frames.ts';

/** What a simulator has to know of a request for text, whatever its protocol. */
export interface Generation {
  readonly model: string;
  readonly stream: boolean;
  /** A stream shall report usage at its end. */
  readonly includeUsage: boolean;
  readonly lastUserText: string;
  /** The stream comes as one JSON array. */
  readonly inArray?: boolean;
  /** An earlier answer that this one goes on from. */
  readonly previous?: string;
}

/** What the address of a call says. */
export interface Called {
  readonly model?: string;
  readonly stream?: boolean;
  readonly inArray?: boolean;
}

export interface Speaker {
  readonly label: string;
  /** Makes ids differ from call to call and equal from run to run. */
  readonly serial: number;
  readonly createdSeconds: number;
}

/** A wire protocol for generation as a provider speaks it: one file each. */
export interface Dialect {
  readonly name: string;
  /** Reads the JSON body, or says what the provider would refuse it for. */
  read(body: unknown, called: Called): Generation | { readonly refused: Complaint };
  /** The JSON text of an answer in one piece. */
  whole(request: Generation, content: Content, speaker: Speaker): string;
  /** The same answer as a stream. */
  frames(request: Generation, content: Content, speaker: Speaker): Frame[];
  /** The terminator of a stream alone; none where the protocol has none. */
  terminator(): Frame[];
  errorFrame(error: object): Frame;
  /** The body that tells a number of tokens; none where nothing counts. */
  count?(tokens: number): object;
}
