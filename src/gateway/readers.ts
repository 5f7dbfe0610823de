import type { HeaderFields } from '../upstream/client.ts';
import {
  classify,
  deliver,
  emptyAnswer,
  failWithError,
  MAX_HELD_BYTES,
  MAX_WHOLE_BYTES,
  type Flow,
  type Reader,
} from './flow.ts';
import { gatheringReader } from './gathering-reader.ts';
import { arrayStream, eventStream, streamReader } from './stream-reader.ts';
import type { Writer } from './writer.ts';

export function readerFor(flow: Flow, status: number, headers: HeaderFields): Reader {
  if (status >= 300 && status < 400) {
    const detail = `a redirect (${status}), which is not followed with a credential`;
    flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
    return { data() {}, end() {}, cut() {} };
  }
  if (status >= 400) return errorReader(flow, status, headers);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return encodedReader(flow, status, headers);
  const isStream = /^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''));
  const { gather } = flow.carrier;
  if (isStream && gather) return gatheringReader(flow, status, headers, gather);
  if (isStream) return streamReader(flow, status, headers, eventStream(flow));
  const array = flow.inArray ? flow.protocol.inArray : undefined;
  return array ? streamReader(flow, status, headers, arrayStream(array)) : bodyReader(flow, status, headers);
}

/** Uncompressed was asked for. What came compressed all the same is for the client to unpack, if it goes on as it is. */
function encodedReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  if (flow.carrier.carriesAnything) return opaqueReader(flow, status, headers, []);
  const detail = `an answer with the content-encoding '${String(headers['content-encoding'])}', which was not asked for`;
  flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
  return { data() {}, end() {}, cut() {} };
}

/** An answer that is no success is held whole: rotation decides whether the client ever sees it. */
function errorReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const conclude = () => {
    const body = Buffer.concat(chunks);
    const outcome = classify(flow, status, headers, body.toString('utf8'));
    flow.fail(outcome, flow.carrier.refusal(status, headers, body));
  };
  return {
    data(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_HELD_BYTES) conclude();
    },
    end: conclude,
    cut: conclude,
  };
}

/** A blocking answer is of use to nobody before it is whole: it is held, so that a cut one is not the client's trouble. */
function bodyReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let passing: Reader | undefined;
  return {
    data(chunk) {
      if (passing) return passing.data(chunk);
      chunks.push(chunk);
      bytes += chunk.length;
      if (flow.carrier.carriesAnything) {
        if (bytes > MAX_HELD_BYTES) passing = opaqueReader(flow, status, headers, chunks);
      } else if (bytes > MAX_WHOLE_BYTES) {
        const detail = `an answer of more than ${MAX_WHOLE_BYTES} bytes`;
        flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
      }
    },
    end() {
      if (passing) return passing.end();
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const meaning = flow.protocol.meaningOfBody(body);
      if (meaning.kind === 'error') return failWithError(flow, meaning.body, headers);
      if (meaning.kind === 'empty') {
        return flow.fail(emptyAnswer(status), flow.carrier.body(status, headers, body));
      }
      const answer = flow.carrier.body(status, headers, body);
      deliver(flow, answer, body, flow.protocol.answerId?.ofBody(body));
    },
    cut(outcome) {
      if (passing) passing.cut(outcome);
      else flow.fail(outcome);
    },
  };
}

/** Bytes that cannot be looked into, or are too many to hold: handed on as they come, broken off where they break. */
function opaqueReader(flow: Flow, status: number, headers: HeaderFields, held: readonly Buffer[]): Reader {
  let writer: Writer | undefined;
  const write = (chunk: Buffer) => {
    if (!writer) {
      writer = flow.writer();
      flow.begin(status, flow.carrier.streamHeaders(headers));
    }
    writer.write(chunk);
  };
  for (const chunk of held) write(chunk);
  return {
    data: write,
    end() {
      if (!writer) {
        return flow.fail(emptyAnswer(status), flow.carrier.body(status, headers, Buffer.alloc(0)));
      }
      writer.end();
      flow.settle({ kind: 'delivered', status });
    },
    cut(outcome) {
      if (!writer) return flow.fail(outcome);
      flow.reply.destroy();
      flow.settle({ kind: 'delivered', status, broken: outcome });
    },
  };
}
