import type { Outcome } from '../outcome.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { isWholeEvent, makeFrameAligner, readData } from '../upstream/frames.ts';
import type { Gather } from './carrier.ts';
import { watchForEnd } from './end-watch.ts';
import { deliver, emptyAnswer, failWithError, MAX_WHOLE_BYTES, type Flow, type Reader } from './flow.ts';
import { makeTail } from './tail.ts';

/**
 * A stream that nobody asked for: some servers know nothing else. The client awaits one whole answer, so that it is
 * put together first, and one that breaks off is not the client's trouble.
 */
export function gatheringReader(flow: Flow, status: number, headers: HeaderFields, gather: Gather): Reader {
  const aligner = makeFrameAligner(MAX_WHOLE_BYTES);
  const tail = makeTail();
  const frames: Buffer[] = [];
  let bytes = 0;

  function conclude(cause: Outcome): void {
    const remainder = aligner.remainder();
    const body = Buffer.concat(isWholeEvent(remainder) ? [...frames, remainder] : frames);
    const events = readData(body);
    let hasContent = false;
    for (const data of events) {
      const meaning = flow.protocol.meaningOfEvent(data);
      if (meaning.kind === 'error') return failWithError(flow, meaning.body, headers);
      hasContent ||= meaning.kind === 'content';
    }
    if (!flow.protocol.endingOf(body).finished) return flow.fail(cause);
    const answer = gather(status, headers, events);
    if (!hasContent) return flow.fail(emptyAnswer(status), answer);
    deliver(flow, answer, body, firstOf(events, flow.protocol.answerId?.ofEvent));
  }

  const ended = () =>
    conclude({ kind: 'transport', scope: 'attempt', status, detail: 'the stream ended without its end' });
  const watch = watchForEnd({
    judge: () => flow.protocol.endingOf(Buffer.concat(tail.bytes())),
    isPaused: () => false,
    over: () =>
      flow.guard(() => {
        ended();
        flow.letGo();
      }),
  });

  return {
    data(chunk) {
      watch.heard();
      bytes += chunk.length;
      if (bytes > MAX_WHOLE_BYTES) {
        const detail = `an answer of more than ${MAX_WHOLE_BYTES} bytes`;
        return flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
      }
      const whole = aligner.push(chunk);
      if (!whole) return;
      frames.push(whole);
      tail.push(whole);
    },
    end: ended,
    cut: conclude,
    stop: watch.stop,
  };
}

function firstOf<In, Out>(
  inputs: readonly In[],
  find: ((input: In) => Out | undefined) | undefined,
): Out | undefined {
  if (!find) return undefined;
  for (const input of inputs) {
    const found = find(input);
    if (found !== undefined) return found;
  }
  return undefined;
}
