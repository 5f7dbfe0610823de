/** `npm run bench:translate`: what translating costs beside reading and writing the same JSON. */
import { makeRestorer } from '../../src/chat/restore.ts';
import { anthropicMessagesTranslator } from '../../src/protocols/anthropic-messages/translator.ts';
import { geminiTranslator } from '../../src/protocols/gemini/translator.ts';
import { openaiChatTranslator } from '../../src/protocols/openai-chat/translator.ts';
import { responsesTranslator } from '../../src/protocols/openai-responses/translator.ts';
import type { Translator } from '../../src/protocols/translator.ts';
import { makeAnswer, makeConversation } from './conversation.ts';
import { measureGrowth, SHARES } from './memory.ts';

const CONVERSATION_BYTES = 1_000_000;
const PIECES = 5000;
const ROUNDS = 40;
const WARM_UP_ROUNDS = 10;
const LONG_STREAM_PIECES = 1_000_000;
const translators = [
  openaiChatTranslator,
  responsesTranslator,
  anthropicMessagesTranslator,
  geminiTranslator,
] as const;
/** Its last event repeats the whole output, so that what was said must be kept. */
const REPEATS_OUTPUT = responsesTranslator;
/** The one protocol that reads its path finds streaming there. */
const GEMINI_PATH = '/v1beta/models/m:streamGenerateContent';
const target = { model: 'm', reasoningState: 'foreign' as const };
const conversation = makeConversation(CONVERSATION_BYTES);
const answer = makeAnswer(PIECES);
const context = { id: 'x', createdAt: 0, model: 'm', request: conversation };

console.log('from → to | request there and back | times JSON | one streamed event');
for (const from of translators) {
  for (const to of translators) if (from !== to) console.log(measurePair(from, to));
}

const shares = SHARES.map((share) => `${share * 100} %`).join(' | ');
console.log(`\nheap growth over ${LONG_STREAM_PIECES} events, upstream → client | ${shares}`);
// A pair's first stream also has its code compiled, which is no growth of the stream.
for (const from of translators) {
  for (const to of translators) {
    if (from === to) continue;
    measureGrowth(from, to, conversation, PIECES);
    console.log(growthOf(from, to));
  }
}

function growthOf(from: Translator, to: Translator): string {
  const growth = measureGrowth(from, to, conversation, LONG_STREAM_PIECES);
  const words = growth.map((bytes) => `${(bytes / 1024 / 1024).toFixed(2)} MB`).join(' | ');
  const note = to === REPEATS_OUTPUT ? ' (its last event repeats the whole output)' : '';
  return `${from.name} → ${to.name} | ${words}${note}`;
}

function measurePair(from: Translator, to: Translator): string {
  const sent = Buffer.from(from.encodeRequest(conversation, target).body);
  const there = pass(from, to, sent);
  const plainMs = processorMs(() => {
    for (const body of [sent, there]) Buffer.from(JSON.stringify(JSON.parse(body.toString())));
  });
  const requestMs = processorMs(() => {
    pass(to, from, pass(from, to, sent));
  });
  const eventUs = (1000 * processorMs(translateStream(from, to))) / PIECES;
  const [request, ratio, event] = [
    requestMs.toFixed(1),
    (requestMs / plainMs).toFixed(2),
    eventUs.toFixed(1),
  ];
  return `${from.name} → ${to.name} | ${request} ms | ${ratio} | ${event} µs`;
}

/** A body from one protocol to another, bytes in and bytes out, as it comes from a socket and goes to one. */
function pass(from: Translator, to: Translator, body: Buffer): Buffer {
  const request = from.decodeRequest(body.toString(), GEMINI_PATH);
  return Buffer.from(to.encodeRequest(request, target).body);
}

/** An upstream's events, `to` being its protocol, for a client of `from`. */
function translateStream(from: Translator, to: Translator): () => void {
  const upstream = to.encodeStream(context);
  const events = answer.flatMap((event) => upstream.feed(event)).map(({ data }) => data);
  const { restoration } = to.encodeRequest(conversation, target);
  return () => {
    const [decoder, restorer, client] = [
      to.decodeStream(),
      makeRestorer(restoration),
      from.encodeStream(context),
    ];
    for (const data of events) {
      for (const event of decoder.feed(data))
        for (const restored of restorer.feed(event)) client.feed(restored);
    }
  };
}

/** Milliseconds of processor time for one round, over all rounds: what else the machine does is not in it. */
function processorMs(run: () => void): number {
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) run();
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / ROUNDS;
}
