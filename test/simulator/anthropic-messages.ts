import type { Content, Usage } from './behaviour.ts';
import type { Dialect, Generation, Speaker } from './dialect.ts';
import type { Frame, FrameRole } from './frames.ts';
import { readMessagesRequest } from './anthropic-messages-request.ts';
import { fragments, speechOf, type Speech } from './speech.ts';

/** Anthropic Messages as the provider speaks it. */
export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  read: readMessagesRequest,
  whole: (request, content, speaker) => JSON.stringify(message(request, content, speaker)),
  frames: eventFrames,
  terminator: () => [event('end', { type: 'message_stop' })],
  errorFrame: (error) => event('error', { type: 'error', error, request_id: 'req_simulated' }),
  count: (tokens) => ({ input_tokens: tokens }),
};

/** The neutral names of behaviours in this protocol's words. */
const STOPS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
};

function event(role: FrameRole, value: { readonly type: string; readonly [member: string]: unknown }): Frame {
  return { role, event: value.type, data: JSON.stringify(value) };
}

function speak(request: Generation, content: Content, speaker: Speaker): Speech {
  return speechOf(request, content, speaker, 'toolu_sim_');
}

function stopOf(content: Content, { calls }: Speech): string {
  if (content.finishReason !== undefined) return STOPS[content.finishReason] ?? content.finishReason;
  if (content.refusal !== undefined) return 'refusal';
  return calls.length > 0 ? 'tool_use' : 'end_turn';
}

function usageMember(usage: Usage): object {
  const cached = usage.cachedTokens ?? 0;
  return {
    input_tokens: usage.promptTokens - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: usage.completionTokens,
    service_tier: 'standard',
  };
}

function head({ model }: Generation, { serial }: Speaker): object {
  return {
    id: `msg_sim_${serial}`,
    type: 'message',
    role: 'assistant',
    model,
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
}

function message(request: Generation, content: Content, speaker: Speaker): object {
  const speech = speak(request, content, speaker);
  const text = [...speech.text, ...speech.refusal].join('');
  const thinking = speech.reasoning.join('');
  return {
    ...head(request, speaker),
    content: [
      ...(thinking === '' ? [] : [{ type: 'thinking', thinking, signature: 'c2ltdWxhdGVk' }]),
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...speech.calls.map(({ id, name, arguments: input }) => ({
        type: 'tool_use',
        id,
        name,
        input: JSON.parse(input) as unknown,
        caller: { type: 'direct' },
      })),
    ],
    stop_reason: content.without === 'finish' ? null : stopOf(content, speech),
    usage: usageMember(speech.usage),
  };
}

function eventFrames(request: Generation, content: Content, speaker: Speaker): Frame[] {
  const speech = speak(request, content, speaker);
  const usage = usageMember({ ...speech.usage, completionTokens: 1 });
  const opened = { ...head(request, speaker), content: [], stop_reason: null, usage };
  const frames = [
    event('opening', { type: 'message_start', message: opened }),
    event('opening', { type: 'ping' }),
  ];
  let index = 0;
  const block = (start: object, deltas: readonly object[]): void => {
    const add = (type: string, more: object): void =>
      void frames.push(event('content', { type, index, ...more }));
    add('content_block_start', { content_block: start });
    for (const delta of deltas) add('content_block_delta', { delta });
    add('content_block_stop', {});
    index += 1;
  };
  if (speech.reasoning.length > 0) {
    block({ type: 'thinking', thinking: '', signature: '' }, [
      ...speech.reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: 'c2ltdWxhdGVk' },
    ]);
  }
  const text = [...speech.text, ...speech.refusal];
  if (text.length > 0) {
    block(
      { type: 'text', text: '', citations: null },
      text.map((piece) => ({ type: 'text_delta', text: piece })),
    );
  }
  for (const { id, name, arguments: input } of speech.calls) {
    block(
      { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } },
      ['', ...fragments(input)].map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    );
  }
  if (content.without === 'finish') return frames;
  const delta = {
    stop_reason: stopOf(content, speech),
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
  frames.push(event('finish', { type: 'message_delta', delta, usage: usageMember(speech.usage) }));
  return content.without === 'done' ? frames : [...frames, ...anthropicMessages.terminator()];
}
