import OpenAI, { APIError } from 'openai';
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { chat } from './relay-scene.ts';
import type { SdkAnswer, SdkClient, Setup } from './sdk-client.ts';

/** OpenAI's SDK on Chat Completions. */
export const chatSdk: SdkClient = {
  name: 'the SDK of OpenAI on Chat Completions',
  of: chat,
  half: { failure: { name: 'APIError' } },
  open({ url, key }, setup) {
    const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
    const messages: ChatCompletionMessageParam[] = [];
    let called: readonly string[] = [];
    async function ask(): Promise<SdkAnswer> {
      const { completion, reasoning } = await complete(sdk, messages, setup);
      const [choice] = completion.choices;
      if (choice === undefined) throw new Error('The completion has no choice.');
      messages.push(choice.message);
      const answer = answerOf(completion, reasoning);
      called = answer.calls.map(({ id = '' }) => id);
      return answer;
    }
    return {
      async say(text, image) {
        const picture = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${image}` } };
        const content = image === undefined ? text : [{ type: 'text' as const, text }, picture];
        messages.push({ role: 'user', content });
        return ask();
      },
      async give(...outputs) {
        for (const [index, content] of outputs.entries())
          messages.push({ role: 'tool', tool_call_id: called[index] ?? '', content });
        return ask();
      },
    };
  },
  failure: openaiFailure,
};

export function openaiFailure(error: unknown): ReturnType<SdkClient['failure']> {
  if (!(error instanceof APIError)) return undefined;
  return { name: error.constructor.name, status: error.status as number | undefined, type: error.type };
}

async function complete(
  sdk: OpenAI,
  messages: ChatCompletionMessageParam[],
  { stream, model = chat.model, tools, think, schema, signal, onText }: Setup,
): Promise<{ completion: ChatCompletion; reasoning: string }> {
  const request = {
    model,
    messages,
    ...(tools && { tools: tools.map((tool) => ({ type: 'function' as const, function: { ...tool } })) }),
    ...(think && { reasoning_effort: 'high' as const }),
    ...(schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'answer', schema, strict: true },
      },
    }),
  };
  if (!stream) {
    const completion = await sdk.chat.completions.create(request, { signal });
    return { completion, reasoning: reasoningIn(completion.choices[0]?.message) };
  }
  let reasoning = '';
  const more = { stream_options: { include_usage: true } };
  const runner = sdk.chat.completions.stream({ ...request, ...more }, { signal });
  runner.on('chunk', ({ choices }) => (reasoning += reasoningIn(choices[0]?.delta)));
  runner.on('content', (piece) => onText?.(piece));
  return { completion: await runner.finalChatCompletion(), reasoning };
}

/** The member that the SDK has no type for. */
function reasoningIn(holder: object | undefined): string {
  const found: unknown = holder && Reflect.get(holder, 'reasoning_content');
  return typeof found === 'string' ? found : '';
}

function answerOf({ choices: [choice], usage }: ChatCompletion, reasoning: string): SdkAnswer {
  return {
    text: choice?.message.content ?? '',
    reasoning,
    calls: (choice?.message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }]
        : [],
    ),
    stop: choice?.finish_reason,
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
  };
}
