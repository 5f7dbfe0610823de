import {
  ApiError,
  GoogleGenAI,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
  type Part,
} from '@google/genai';
import { gemini } from './relay-scene.ts';
import type { SdkAnswer, SdkClient, Setup } from './sdk-client.ts';

/** Google's SDK. */
export const geminiSdk: SdkClient = {
  name: 'the SDK of Google',
  of: gemini,
  half: { stop: undefined },
  open({ url, key }, setup) {
    const sdk = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
    const contents: Content[] = [];
    let called: SdkAnswer['calls'] = [];
    async function ask(): Promise<SdkAnswer> {
      const chunks = await generated(sdk, contents, setup);
      const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
      contents.push({ role: 'model', parts });
      const answer = answerOf(parts, chunks);
      called = answer.calls;
      return answer;
    }
    return {
      async say(text, image) {
        const picture = image === undefined ? [] : [{ inlineData: { mimeType: 'image/png', data: image } }];
        contents.push({ role: 'user', parts: [{ text }, ...picture] });
        return ask();
      },
      async give(...outputs) {
        const parts = outputs.map((output, index) => {
          const { id, name = '' } = called[index] ?? {};
          return { functionResponse: { ...(id && { id }), name, response: { output } } };
        });
        contents.push({ role: 'user', parts });
        return ask();
      },
    };
  },
  failure(error) {
    if (!(error instanceof ApiError)) return undefined;
    const { error: said } = JSON.parse(error.message) as { error?: { status?: unknown } };
    return { name: error.constructor.name, status: error.status, type: said?.status };
  },
};

async function generated(
  sdk: GoogleGenAI,
  contents: Content[],
  { stream, model = gemini.model, tools, think, schema, signal, onText }: Setup,
): Promise<readonly GenerateContentResponse[]> {
  const request: GenerateContentParameters = {
    model,
    contents,
    config: {
      ...(tools && {
        tools: [
          {
            functionDeclarations: tools.map(({ parameters, ...tool }) => ({
              ...tool,
              parametersJsonSchema: parameters,
            })),
          },
        ],
      }),
      ...(think && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } }),
      ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
      ...(signal && { abortSignal: signal }),
    },
  };
  if (!stream) return [await sdk.models.generateContent(request)];
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await sdk.models.generateContentStream(request)) {
    chunks.push(chunk);
    for (const { text, thought } of chunk.candidates?.[0]?.content?.parts ?? [])
      if (text !== undefined && text !== '' && thought !== true) onText?.(text);
  }
  return chunks;
}

function answerOf(parts: readonly Part[], chunks: readonly GenerateContentResponse[]): SdkAnswer {
  const texts = (isThought: boolean) =>
    parts.map(({ text = '', thought = false }) => (thought === isThought ? text : '')).join('');
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata)?.usageMetadata;
  return {
    text: texts(false),
    reasoning: texts(true),
    calls: parts.flatMap(({ functionCall }) =>
      functionCall ? [{ id: functionCall.id, name: functionCall.name ?? '', input: functionCall.args }] : [],
    ),
    stop: chunks.at(-1)?.candidates?.[0]?.finishReason,
    inputTokens: usage?.promptTokenCount,
    outputTokens: usage && (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
}
