import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type { ContentBlockParam, Message, MessageParam } from '@anthropic-ai/sdk/resources/messages';
import { messages as spoken } from './relay-scene.ts';
import type { SdkAnswer, SdkClient, Setup } from './sdk-client.ts';

/** Anthropic's SDK. */
export const messagesSdk: SdkClient = {
  name: 'the SDK of Anthropic',
  of: spoken,
  half: { failure: { type: 'api_error' } },
  open({ url, key }, setup) {
    const sdk = new Anthropic({ apiKey: key, authToken: null, baseURL: url, maxRetries: 0 });
    const messages: MessageParam[] = [];
    let called: readonly string[] = [];
    async function ask(): Promise<SdkAnswer> {
      const message = await answered(sdk, messages, setup);
      messages.push({ role: 'assistant', content: message.content });
      const answer = answerOf(message);
      called = answer.calls.map(({ id = '' }) => id);
      return answer;
    }
    return {
      async say(text, image) {
        const content: ContentBlockParam[] = [{ type: 'text', text }];
        if (image !== undefined)
          content.push({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } });
        messages.push({ role: 'user', content });
        return ask();
      },
      async give(...outputs) {
        const content = outputs.map((output, index) => ({
          type: 'tool_result' as const,
          tool_use_id: called[index] ?? '',
          content: output,
        }));
        messages.push({ role: 'user', content });
        return ask();
      },
    };
  },
  failure(error) {
    if (!(error instanceof APIError)) return undefined;
    return { name: error.constructor.name, status: error.status as number | undefined, type: error.type };
  },
};

async function answered(
  sdk: Anthropic,
  messages: MessageParam[],
  { stream, model = spoken.model, tools, think, schema, signal, onText }: Setup,
): Promise<Message> {
  const request = {
    model,
    max_tokens: 4096,
    messages,
    ...(tools && {
      tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: { ...parameters } })),
    }),
    ...(think && { thinking: { type: 'enabled' as const, budget_tokens: 2048 } }),
    ...(schema && { output_config: { format: { type: 'json_schema' as const, schema: { ...schema } } } }),
  };
  if (!stream) return sdk.messages.create(request, { signal });
  const runner = sdk.messages.stream(request, { signal });
  runner.on('text', (piece) => onText?.(piece));
  return runner.finalMessage();
}

function answerOf({ content, stop_reason: stop, usage }: Message): SdkAnswer {
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    stop,
    inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0),
    outputTokens: usage.output_tokens,
  };
}
