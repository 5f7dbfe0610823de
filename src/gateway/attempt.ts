import type { Usage } from '../chat/event.ts';
import type { Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { UpstreamAnswer } from '../providers/provider.ts';
import type { Call, CallRequest, HeaderFields, Exchanges } from '../upstream/client.ts';
import type { Carrier } from './carrier.ts';
import type { Flow, Reader } from './flow.ts';
import { readerFor } from './readers.ts';
import type { Reply } from './reply.ts';
import { makeWriter } from './writer.ts';

/** An upstream's answer that was held back whole, to be handed through if nothing better comes. */
export interface HeldAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export type AttemptResult =
  /** The client has its answer. `broken` tells what went wrong after the first content; `answerId` names it for a later request. */
  | {
      readonly kind: 'delivered';
      readonly status: number;
      readonly broken?: Outcome;
      readonly answerId?: string;
      /** What it cost, as far as the upstream told. */
      readonly usage?: Usage;
    }
  /** `refusal`: what the client is told where nobody else can answer either. */
  | {
      readonly kind: 'failed';
      readonly outcome: Outcome;
      readonly held?: HeldAnswer;
      readonly refusal?: Failure;
    }
  /** `hasBegun`: the client had the beginning of the answer. `hasStalled`: it has stopped reading, and was let go. */
  | { readonly kind: 'hung-up'; readonly hasBegun: boolean; readonly hasStalled?: boolean };

export interface AttemptSpec {
  /** The upstream's. */
  readonly protocol: Protocol;
  readonly carrier: Carrier;
  /** A stream is asked for in the protocol's other form, a JSON array. */
  readonly inArray: boolean;
  readonly upstream: Exchanges;
  readonly request: CallRequest;
  readonly reply: Reply;
  /** The upstream model, for telling what a 404 is about. */
  readonly model: string;
  readonly now: () => number;
  /** Milliseconds since the epoch: an answer that has not come to any content by then is given up. */
  readonly deadline: number;
  classify(answer: UpstreamAnswer): Outcome;
  /** Told of every answer's headers, also an error's: they say how full the account's windows are. */
  onHeaders(headers: HeaderFields): void;
  /** The commit point: the answer has content. Gives our own headers for it. */
  onContent(): readonly string[];
}

/**
 * One upstream call, up to the commit point and past it. Until the first event with content nothing goes to the
 * client, so any failure is an outcome and another account may answer. After it the account stays: a failure becomes
 * the protocol's own error event, never a clean end.
 * Rejects where a part of ours throws: what the upstream sends then would wait for ever.
 */
export function attempt(spec: AttemptSpec): Promise<AttemptResult> {
  return new Promise((resolve, reject) => {
    const { reply, upstream } = spec;
    let reader: Reader | undefined;
    let isSettled = false;
    let hasBegun = false;
    let ignoreHangUp: (() => void) | undefined;
    const settle = (result: AttemptResult) => {
      if (isSettled) return;
      isSettled = true;
      ignoreHangUp?.();
      reader?.stop?.();
      resolve(result);
    };
    const flow: Flow = {
      protocol: spec.protocol,
      carrier: spec.carrier,
      inArray: spec.inArray,
      reply,
      model: spec.model,
      now: spec.now,
      classify: (answer) => spec.classify(answer),
      begin(status, headers) {
        hasBegun = true;
        reply.head(status, [...headers, ...spec.onContent()]);
      },
      settle,
      fail(outcome, held) {
        call.abort();
        settle({ kind: 'failed', outcome, ...(held ? { held } : {}) });
      },
      writer: () =>
        makeWriter(reply, call, spec.request.idleMs, () => {
          call.abort();
          settle({ kind: 'hung-up', hasBegun, hasStalled: true });
          reply.destroy();
        }),
      letGo: () => call.abort(),
      guard: (work) => guarded(work),
    };
    const guarded = (work: () => void) => {
      try {
        work();
      } catch (error) {
        call.abort();
        isSettled = true;
        ignoreHangUp?.();
        reader?.stop?.();
        reject(error);
      }
    };
    const call: Call = upstream.call(spec.request, {
      onHead: (status, headers) =>
        guarded(() => {
          spec.onHeaders(headers);
          reader = readerFor(flow, status, headers);
        }),
      onData: (chunk) =>
        guarded(() => {
          reader?.data(chunk);
          // An upstream that only says that it is still there would be listened to for ever.
          if (!hasBegun && !isSettled && spec.now() >= spec.deadline) {
            call.abort();
            reader?.cut(tooSlow('no content within the time that the request may take'));
          }
        }),
      onEnd: () => guarded(() => reader?.end()),
      onFailure: (kind, detail) =>
        guarded(() => {
          const outcome: Outcome = kind === 'slow' ? tooSlow(detail) : { kind, scope: 'attempt', detail };
          if (reader) reader.cut(outcome);
          else settle({ kind: 'failed', outcome });
        }),
    });
    if (isSettled) return;
    ignoreHangUp = reply.onHangUp(() => {
      call.abort();
      settle({ kind: 'hung-up', hasBegun });
    });
  });
}

function tooSlow(detail: string): Outcome {
  return { kind: 'slow', scope: 'account-model', detail };
}
