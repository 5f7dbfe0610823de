import type { Content, ToolCall, Usage } from './behaviour.ts';
import type { Dialect, Generation, Speaker } from './dialect.ts';
import type { Frame, FrameRole } from './frames.ts';
import { readChatRequest } from './openai-chat-request.ts';
import { fragments, speechOf, type Speech } from './speech.ts';

/** OpenAI Chat Completions as the provider speaks it (platform.openai.com/docs/api-reference/chat). */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  read: readChatRequest,
  whole: (request, content, speaker) => JSON.stringify(completion(request, content, speaker)),
  frames: chunkFrames,
  terminator: () => [DONE],
  errorFrame: (error) => ({ role: 'error', data: JSON.stringify({ error }) }),
};

const DONE: Frame = { role: 'end', data: '[DONE]' };

interface Spoken extends Omit<Speech, 'usage'> {
  readonly images: readonly object[];
  readonly finishReason: string;
  readonly usage: object;
}

function speak(request: Generation, content: Content, speaker: Speaker): Spoken {
  const speech = speechOf(request, content, speaker);
  return {
    ...speech,
    images: (content.images ?? []).map((url, index) => ({ type: 'image_url', image_url: { url }, index })),
    finishReason: content.finishReason ?? (speech.calls.length > 0 ? 'tool_calls' : 'stop'),
    usage: usageMember(speech.usage),
  };
}

function usageMember(usage: Usage): object {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function completion(request: Generation, content: Content, speaker: Speaker): object {
  const spoken = speak(request, content, speaker);
  const message = {
    role: 'assistant',
    content: spoken.text.length > 0 || content.text === '' ? spoken.text.join('') : null,
    refusal: spoken.refusal.length > 0 ? spoken.refusal.join('') : null,
    ...(spoken.reasoning.length > 0 ? { [reasoningField(content)]: spoken.reasoning.join('') } : {}),
    ...(spoken.calls.length > 0
      ? {
          tool_calls: spoken.calls.map(({ id, name, arguments: text }) => ({
            id,
            type: 'function',
            function: { name, arguments: text },
          })),
        }
      : {}),
    ...(spoken.images.length > 0 ? { images: spoken.images } : {}),
    annotations: [],
  };
  const finish_reason = content.without === 'finish' ? null : spoken.finishReason;
  return {
    ...head('chat.completion', request, speaker),
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage: spoken.usage,
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  };
}

function chunkFrames(request: Generation, content: Content, speaker: Speaker): Frame[] {
  const spoken = speak(request, content, speaker);
  const placement = content.usageOn ?? 'own-chunk';
  const chunk = (role: FrameRole, choices: readonly object[], usage?: object): Frame => ({
    role,
    data: JSON.stringify({
      ...head('chat.completion.chunk', request, speaker),
      choices,
      ...usageOf(usage ?? (placement === 'every-chunk' ? spoken.usage : undefined), request),
      service_tier: 'default',
      system_fingerprint: 'fp_simulated',
    }),
  });
  const delta = (role: FrameRole, delta: object, finish: string | null = null, usage?: object): Frame =>
    chunk(role, [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage);

  const frames = [delta('opening', { role: 'assistant', content: '', refusal: null })];
  for (const piece of spoken.reasoning) frames.push(delta('content', { [reasoningField(content)]: piece }));
  for (const piece of spoken.text) frames.push(delta('content', { content: piece }));
  for (const piece of spoken.refusal) frames.push(delta('content', { refusal: piece }));
  for (const image of spoken.images) frames.push(delta('content', { images: [image] }));
  for (const call of callDeltas(spoken.calls, content.toolCallStyle ?? 'fragments')) {
    frames.push(delta('content', { tool_calls: [call] }));
  }
  if (content.without === 'finish') return frames;
  frames.push(
    delta('finish', {}, spoken.finishReason, placement === 'finish-chunk' ? spoken.usage : undefined),
  );
  if (placement === 'own-chunk' && request.includeUsage) frames.push(chunk('usage', [], spoken.usage));
  return content.without === 'done' ? frames : [...frames, DONE];
}

function callDeltas(
  calls: readonly Required<ToolCall>[],
  style: NonNullable<Content['toolCallStyle']>,
): object[] {
  const opening = (call: Required<ToolCall>, index: number, text: string): object => ({
    index,
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: text },
  });
  if (style === 'whole') return calls.map((call, index) => opening(call, index, call.arguments));
  const series = calls.map((call, index) => [
    opening(call, index, ''),
    ...fragments(call.arguments).map((text) => ({ index, function: { arguments: text } })),
  ]);
  if (style === 'fragments') return series.flat();
  const longest = Math.max(0, ...series.map((deltas) => deltas.length));
  return Array.from({ length: longest }, (_, at) =>
    series.flatMap((deltas) => deltas.slice(at, at + 1)),
  ).flat();
}

/** Chunks without usage say `usage: null` only in a stream that was asked for it. */
function usageOf(usage: object | undefined, request: Generation): object {
  if (usage !== undefined) return { usage };
  return request.includeUsage ? { usage: null } : {};
}

function head(object: string, request: Generation, speaker: Speaker): object {
  return {
    id: `chatcmpl-sim-${speaker.serial}`,
    object,
    created: speaker.createdSeconds,
    model: request.model,
  };
}

function reasoningField(content: Content): string {
  return content.reasoningField ?? 'reasoning_content';
}
