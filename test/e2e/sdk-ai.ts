import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateText,
  jsonSchema,
  Output,
  streamText,
  tool,
  type LanguageModel,
  type ModelMessage,
  type ToolSet,
} from 'ai';
import { chat, gemini, messages, responses, type Spoken } from './relay-scene.ts';
import type { Door, SdkAnswer, SdkClient, Setup } from './sdk-client.ts';

/** The AI SDK, which many assistants are built on, with its own library for each protocol. */
export const aiSdks: readonly SdkClient[] = [
  aiSdk(chat, ({ url, key }, model) =>
    createOpenAICompatible({
      name: 'lab',
      apiKey: key,
      baseURL: `${url}/v1`,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  ),
  aiSdk(responses, ({ url, key }, model) =>
    createOpenAI({ apiKey: key, baseURL: `${url}/v1` }).responses(model),
  ),
  aiSdk(messages, ({ url, key }, model) => createAnthropic({ apiKey: key, baseURL: `${url}/v1` })(model)),
  aiSdk(gemini, ({ url, key }, model) =>
    createGoogleGenerativeAI({ apiKey: key, baseURL: `${url}/v1beta` })(model),
  ),
];

const keptHere = { store: false, include: ['reasoning.encrypted_content'] };
const structured = { structuredOutputMode: 'outputFormat' };
/** What each library is told where reasoning is wished for. */
const thinking = {
  lab: { reasoningEffort: 'high' },
  openai: { reasoningEffort: 'high', reasoningSummary: 'auto', ...keptHere },
  anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 }, effort: 'high', ...structured },
  google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } },
};

function aiSdk(of: Spoken, modelOf: (door: Door, model: string) => LanguageModel): SdkClient {
  return {
    name: `the AI SDK of ${of.name}`,
    of,
    half: { failure: {} },
    open(door, setup) {
      const conversation: ModelMessage[] = [];
      let called: SdkAnswer['calls'] = [];
      async function ask(): Promise<SdkAnswer> {
        const request = { ...requestOf(setup), model: modelOf(door, setup.model ?? of.model) };
        const { said, answer } = await (setup.stream ? streamed : whole)(request, conversation, setup);
        conversation.push(...said);
        called = answer.calls;
        return answer;
      }
      return {
        async say(text, image) {
          const picture =
            image === undefined ? [] : [{ type: 'image' as const, image, mediaType: 'image/png' }];
          conversation.push({ role: 'user', content: [{ type: 'text', text }, ...picture] });
          return ask();
        },
        async give(...outputs) {
          const content = outputs.map((value, index) => ({
            type: 'tool-result' as const,
            toolCallId: called[index]?.id ?? '',
            toolName: called[index]?.name ?? '',
            output: { type: 'text' as const, value },
          }));
          conversation.push({ role: 'tool', content });
          return ask();
        },
      };
    },
    failure(error) {
      if (!APICallError.isInstance(error))
        return error instanceof Error ? { name: error.name, status: undefined, type: undefined } : undefined;
      const { name, statusCode: status, responseBody } = error;
      return { name, status, type: responseBody && of.readError(responseBody).type };
    },
  };
}

function requestOf({ tools = [], think = false, schema, signal }: Setup) {
  const offered: ToolSet = {};
  for (const { name, description, parameters } of tools)
    offered[name] = tool({ description, inputSchema: jsonSchema({ ...parameters }) });
  return {
    maxRetries: 0,
    tools: offered,
    providerOptions: think ? thinking : { openai: keptHere, anthropic: structured },
    ...(schema && { output: Output.object({ schema: jsonSchema({ ...schema }) }) }),
    ...(signal && { abortSignal: signal }),
  };
}

type Request = ReturnType<typeof requestOf> & { readonly model: LanguageModel };

interface Said {
  readonly said: readonly ModelMessage[];
  readonly answer: SdkAnswer;
}

async function whole(request: Request, conversation: readonly ModelMessage[]): Promise<Said> {
  const result = await generateText({ ...request, messages: [...conversation] });
  return { said: result.response.messages, answer: answerOf(result) };
}

async function streamed(
  request: Request,
  conversation: readonly ModelMessage[],
  { onText }: Setup,
): Promise<Said> {
  const result = streamText({ ...request, messages: [...conversation], onError: () => undefined });
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') onText?.(part.text);
    if (part.type === 'abort') throw new Error('It was aborted.');
    if (part.type === 'error') throw part.error instanceof Error ? part.error : new Error(String(part.error));
  }
  const { messages: said } = await result.response;
  const [text, reasoningText, toolCalls, finishReason, usage] = await Promise.all([
    result.text,
    result.reasoningText,
    result.toolCalls,
    result.finishReason,
    result.usage,
  ]);
  return { said, answer: answerOf({ text, reasoningText, toolCalls, finishReason, usage }) };
}

interface Result {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly {
    readonly toolCallId: string;
    readonly toolName: string;
    readonly input: unknown;
  }[];
  readonly finishReason: string;
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined };
}

function answerOf({ text, reasoningText, toolCalls, finishReason, usage }: Result): SdkAnswer {
  return {
    text,
    reasoning: reasoningText ?? '',
    calls: toolCalls.map(({ toolCallId, toolName, input }) => ({ id: toolCallId, name: toolName, input })),
    stop: finishReason,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
  };
}
