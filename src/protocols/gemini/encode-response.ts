import { endedEarly, type ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { isRecord, parseJson, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import type { AnswerContext, EncodedResponse } from '../translator.ts';
import { encodeFailure } from './answer-failure.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeLogprobs, encodeLogprobs } from './logprobs.ts';

/** A whole answer is its stream's objects in one: one way for both. */
export function encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse {
  const encoder = encodeStream(context);
  const chunks: JsonRecord[] = [];
  for (const event of events) {
    if (event.type === 'failure') return encodeFailure(event.failure);
    chunks.push(...encoder.feed(event).map(({ data }) => recordOf(parseJson(data))));
  }
  const last = chunks.at(-1) ?? {};
  if (isRecord(last.error)) return { status: 502, body: writeExactJson(last) };
  const candidate = recordsOf(last.candidates)[0] ?? {};
  if (candidate.finishReason === undefined) return encodeFailure(endedEarly);
  const parts = joinTexts(chunks.flatMap(partsOf));
  const content = { role: 'model', parts };
  const whole = { ...candidate, content, ...logprobsOf(chunks) };
  return { status: 200, body: writeExactJson({ ...last, candidates: [whole] }) };
}

function logprobsOf(chunks: readonly JsonRecord[]): object {
  const tokens = chunks
    .flatMap(({ candidates }) => recordsOf(candidates))
    .flatMap(({ logprobsResult }) => decodeLogprobs(logprobsResult) ?? []);
  return tokens.length === 0 ? {} : { logprobsResult: encodeLogprobs(tokens) };
}

function partsOf(chunk: JsonRecord): readonly JsonRecord[] {
  return recordsOf(chunk.candidates).flatMap(({ content }) => recordsOf(recordOf(content).parts));
}

/** Adjoining texts of one kind are one part; what carries a signature begins one. */
function joinTexts(parts: readonly JsonRecord[]): readonly JsonRecord[] {
  const joined: JsonRecord[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    const isMore = last && isText(last) && isText(part) && last.thought === part.thought;
    const isEmpty = part.text === '' && part.thoughtSignature === undefined;
    if (isMore && part.thoughtSignature === undefined) {
      joined[joined.length - 1] = { ...last, text: `${textOf(last.text)}${textOf(part.text)}` };
    } else if (!isEmpty || parts.length === 1) joined.push(part);
  }
  return joined;
}

function isText(part: JsonRecord): boolean {
  return typeof part.text === 'string';
}
