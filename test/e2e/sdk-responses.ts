import OpenAI from 'openai';
import type { Response, ResponseInputItem } from 'openai/resources/responses/responses';
import { responses } from './relay-scene.ts';
import { openaiFailure } from './sdk-chat.ts';
import type { SdkAnswer, SdkClient, Setup } from './sdk-client.ts';

/** OpenAI's SDK on Responses, whose conversation the client keeps. */
export const responsesSdk: SdkClient = {
  name: 'the SDK of OpenAI on Responses',
  of: responses,
  half: { stop: 'failed' },
  open({ url, key }, setup) {
    const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
    const input: ResponseInputItem[] = [];
    let called: readonly string[] = [];
    async function ask(): Promise<SdkAnswer> {
      const response = await respond(sdk, input, setup);
      // An answer's items are a request's items; the types differ in what no model says.
      input.push(...(response.output as ResponseInputItem[]));
      const answer = answerOf(response);
      called = answer.calls.map(({ id = '' }) => id);
      return answer;
    }
    return {
      async say(text, image) {
        const picture = {
          type: 'input_image' as const,
          detail: 'auto' as const,
          image_url: `data:image/png;base64,${image}`,
        };
        const content = image === undefined ? text : [{ type: 'input_text' as const, text }, picture];
        input.push({ role: 'user', content });
        return ask();
      },
      async give(...outputs) {
        for (const [index, output] of outputs.entries())
          input.push({ type: 'function_call_output', call_id: called[index] ?? '', output });
        return ask();
      },
    };
  },
  failure: openaiFailure,
};

async function respond(
  sdk: OpenAI,
  input: ResponseInputItem[],
  { stream, model = responses.model, tools, think, schema, signal, onText }: Setup,
): Promise<Response> {
  const request = {
    model,
    input,
    store: false,
    ...(tools && { tools: tools.map((tool) => ({ type: 'function' as const, strict: false, ...tool })) }),
    ...(think && {
      reasoning: { effort: 'high' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
    }),
    ...(schema && {
      text: { format: { type: 'json_schema' as const, name: 'answer', schema, strict: true } },
    }),
  };
  if (!stream) return sdk.responses.create(request, { signal });
  const runner = sdk.responses.stream(request, { signal });
  runner.on('response.output_text.delta', ({ delta }) => onText?.(delta));
  return runner.finalResponse();
}

function answerOf({
  output,
  output_text: text,
  status,
  incomplete_details: cut,
  usage,
}: Response): SdkAnswer {
  return {
    text,
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map((part) => part.text)
      .join(''),
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }]
        : [],
    ),
    stop: cut?.reason ?? status,
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
  };
}
