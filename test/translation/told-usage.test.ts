import { describe, expect, it } from 'vitest';
import type { ChatEvent, Usage } from '../../src/chat/event.ts';
import { spoken } from '../../src/protocols/spoken.ts';
import { answerFixtures, bytesOf } from '../e2e/fixtures.ts';
import { dataOf, spoken as clients } from '../e2e/relay-scene.ts';

/** What the whole answer says when it is read event by event. */
function usageIn(events: readonly ChatEvent[]): Usage {
  const told = events.flatMap((event) => ('usage' in event && event.usage ? [event.usage] : []));
  return Object.assign({}, ...told) as Usage;
}

const recorded = spoken.flatMap(({ protocol, translator }) => {
  const { short = '' } = clients.find(({ name }) => name === protocol.name) ?? {};
  return answerFixtures(short).map(({ id, transcripts }) => ({
    id,
    protocol,
    translator,
    transcript: transcripts[short] ?? { status: 0 },
  }));
});

describe('what a relayed answer cost is told without reading it whole', () => {
  it.each(recorded)('$id: as the translation reads it', ({ protocol, translator, transcript }) => {
    const text = bytesOf(transcript).toString('latin1');
    if (transcript.sse === undefined) {
      expect(protocol.usageOf(text) ?? {}).toEqual(usageIn(translator.decodeResponse(text)));
      return;
    }
    const decoder = translator.decodeStream();
    const events = dataOf(bytesOf(transcript).toString()).flatMap((data) => decoder.feed(data));
    expect(protocol.usageOf(text) ?? {}).toEqual(usageIn([...events, ...decoder.end()]));
  });

  const [anthropic] = spoken.filter(({ protocol }) => protocol.name === 'anthropic-messages');
  const [chat] = spoken.filter(({ protocol }) => protocol.name === 'openai-chat');
  it.each([
    { name: 'nothing', text: '', told: undefined },
    { name: 'no counts yet', text: '{"usage":null}', told: undefined },
    { name: 'cut in the middle', text: '{"usage":{"prompt_tokens":12', told: undefined },
    { name: 'no object', text: '"usage":[{"prompt_tokens":1}]', told: undefined },
    {
      name: 'a text that speaks of it',
      text: String.raw`"{\"usage\":{\"prompt_tokens\":1}}"`,
      told: undefined,
    },
    {
      name: 'a schema of that name behind it',
      text: '{"usage":{"prompt_tokens":3},"tools":[{"usage":{"type":"object"}}]}',
      told: { inputTokens: 3 },
    },
    {
      name: 'braces and quotes in a string of it',
      text: String.raw`{"usage": {"note":"}\"{","prompt_tokens":3}}`,
      told: { inputTokens: 3 },
    },
  ])('$name', ({ text, told }) => {
    expect(chat?.protocol.usageOf(text)).toEqual(told);
  });

  it.each(['-1', '0.5', '1e400', '"7"', 'null', '[7]'])('takes %s for no count', (count) => {
    const named = (name: string, members: readonly string[]) =>
      `{"${name}":{${members.map((member) => `"${member}":${count}`).join()}}}`;
    const usage = named('usage', ['prompt_tokens', 'completion_tokens', 'input_tokens', 'output_tokens']);
    const metadata = named('usageMetadata', ['promptTokenCount', 'candidatesTokenCount']);
    for (const { protocol } of spoken)
      expect(protocol.usageOf(usage) ?? protocol.usageOf(metadata)).toBeUndefined();
  });

  it('puts together what is told at the beginning and at the end', () => {
    const text = `{"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}}
      {"usage":{"output_tokens":20}}`;
    const told = { inputTokens: 10, cacheReadTokens: 7, outputTokens: 20 };
    expect(anthropic?.protocol.usageOf(text)).toEqual(told);
  });
});
