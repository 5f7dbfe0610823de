import type { Content, Usage } from './behaviour.ts';
import type { Dialect, Generation, Speaker } from './dialect.ts';
import type { Frame, FrameRole } from './frames.ts';
import { readResponsesRequest } from './openai-responses-request.ts';
import { fragments, speechOf, type Speech } from './speech.ts';

/** OpenAI Responses as the provider speaks it. */
export const openaiResponses: Dialect = {
  name: 'openai-responses',
  read: readResponsesRequest,
  whole(request, content, speaker) {
    const speech = speechOf(request, content, speaker);
    const items = itemsOf(speech).map(({ item }) => item);
    return JSON.stringify(
      response(request, speaker, content, { output: items, usage: usageMember(speech.usage) }),
    );
  },
  frames: eventFrames,
  terminator: () => [],
  errorFrame: (error) =>
    frame('error', {
      type: 'response.failed',
      sequence_number: 99,
      response: { id: 'resp_sim', status: 'failed', error },
    }),
  count: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};

type Json = Readonly<Record<string, unknown>>;

/** An item as it stands in the end, as it begins, and what comes between. */
interface Spoken {
  readonly item: Json;
  readonly begun: Json;
  readonly events: readonly Json[];
}

function frame(role: FrameRole, event: Json): Frame {
  return { role, event: String(event['type']), data: JSON.stringify(event) };
}

function response(
  { model }: Generation,
  { serial, createdSeconds }: Speaker,
  content: Content,
  state: { readonly output: readonly Json[]; readonly usage: object | null; readonly status?: string },
): Json {
  const isCut = content.finishReason === 'length';
  const ended = isCut ? 'incomplete' : 'completed';
  const { status = content.without === 'finish' ? 'in_progress' : ended, ...rest } = state;
  return {
    id: `resp_sim_${serial}`,
    object: 'response',
    created_at: createdSeconds,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    ...rest,
  };
}

function usageMember(usage: Usage): object {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.promptTokens + usage.completionTokens,
  };
}

function itemsOf(speech: Speech): readonly Spoken[] {
  const calls = speech.calls.map((call, index) => callItem(call, `fc_sim_${index}`));
  return [
    ...(speech.reasoning.length > 0 ? [reasoningItem(speech.reasoning)] : []),
    ...(speech.text.length > 0 ? [messageItem('msg_sim_t', 'output_text', 'text', speech.text)] : []),
    ...(speech.refusal.length > 0 ? [messageItem('msg_sim_r', 'refusal', 'refusal', speech.refusal)] : []),
    ...calls,
  ];
}

function messageItem(
  id: string,
  type: string,
  member: 'text' | 'refusal',
  pieces: readonly string[],
): Spoken {
  const annotations = member === 'text' ? { annotations: [] } : {};
  const part = (text: string): Json => ({ type, [member]: text, ...annotations });
  const place = { item_id: id, content_index: 0 };
  const text = pieces.join('');
  const common = { id, type: 'message', role: 'assistant' };
  return {
    item: { ...common, status: 'completed', content: [part(text)] },
    begun: { ...common, status: 'in_progress', content: [] },
    events: [
      { type: 'response.content_part.added', ...place, part: part('') },
      ...pieces.map((delta) => ({ type: `response.${type}.delta`, ...place, delta })),
      { type: `response.${type}.done`, ...place, [member]: text },
      { type: 'response.content_part.done', ...place, part: part(text) },
    ],
  };
}

function reasoningItem(pieces: readonly string[]): Spoken {
  const id = 'rs_sim';
  const place = { item_id: id, summary_index: 0 };
  const text = pieces.join('');
  const part = (said: string): Json => ({ type: 'summary_text', text: said });
  return {
    item: { id, type: 'reasoning', summary: [part(text)], encrypted_content: 'c2ltdWxhdGVk' },
    begun: { id, type: 'reasoning', summary: [] },
    events: [
      { type: 'response.reasoning_summary_part.added', ...place, part: part('') },
      ...pieces.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...place, delta })),
      { type: 'response.reasoning_summary_text.done', ...place, text },
      { type: 'response.reasoning_summary_part.done', ...place, part: part(text) },
    ],
  };
}

function callItem(call: Speech['calls'][number], id: string): Spoken {
  const common = { id, type: 'function_call', call_id: call.id, name: call.name };
  return {
    item: { ...common, arguments: call.arguments, status: 'completed' },
    begun: { ...common, arguments: '', status: 'in_progress' },
    events: [
      ...fragments(call.arguments).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        item_id: id,
        delta,
      })),
      {
        type: 'response.function_call_arguments.done',
        item_id: id,
        name: call.name,
        arguments: call.arguments,
      },
    ],
  };
}

function eventFrames(request: Generation, content: Content, speaker: Speaker): Frame[] {
  const speech = speechOf(request, content, speaker);
  const spoken = itemsOf(speech);
  const begun = response(request, speaker, content, { output: [], usage: null, status: 'in_progress' });
  const ended = response(request, speaker, content, {
    output: spoken.map(({ item }) => item),
    usage: usageMember(speech.usage),
  });
  const events: (readonly [FrameRole, Json])[] = [
    ['opening', { type: 'response.created', response: begun }],
    ['opening', { type: 'response.in_progress', response: begun }],
    ...spoken.flatMap(({ item, begun: opened, events: between }, index): (readonly [FrameRole, Json])[] => [
      ['content', { type: 'response.output_item.added', output_index: index, item: opened }],
      ...between.map((event) => ['content', { ...event, output_index: index }] as const),
      ['content', { type: 'response.output_item.done', output_index: index, item }],
    ]),
  ];
  if (content.without !== 'finish')
    events.push(['finish', { type: `response.${String(ended['status'])}`, response: ended }]);
  return events.map(([role, { type, ...event }], number) =>
    frame(role, { type, sequence_number: number, ...event }),
  );
}
