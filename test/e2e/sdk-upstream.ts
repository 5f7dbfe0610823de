import type { Call } from '../simulator/calls.ts';

/** What an upstream was asked, read as its own documentation says and not with Rota's decoders. */
export interface Asked {
  readonly model: unknown;
  /** What the user said in words, in order. */
  readonly texts: readonly string[];
  /** In base64. */
  readonly images: readonly string[];
  readonly tools: readonly string[];
  readonly calls: readonly { readonly name: unknown; readonly input: unknown }[];
  /** Each with the name of the call that it belongs to. */
  readonly results: readonly { readonly of: unknown; readonly output: string }[];
  readonly schema: unknown;
  /** Whether reasoning was asked for. */
  readonly thinks: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);
const parsed = (text: unknown): unknown => JSON.parse(String(text)) as unknown;
const inDataUrl = (url: unknown): string => String(url).replace(/^data:image\/png;base64,/u, '');

/** Content that may be a text alone, as parts. */
function partsOf(content: unknown): readonly Json[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
}

function textsOf(parts: readonly Json[]): readonly string[] {
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
}

function chatAsked(body: Json): Asked {
  const messages = list(body.messages);
  const user = messages.filter(({ role }) => role === 'user').flatMap(({ content }) => partsOf(content));
  const calls = messages.flatMap((message) => list(message.tool_calls));
  const nameOf = (id: unknown) => record(calls.find((call) => call.id === id)?.function).name;
  return {
    model: body.model,
    texts: textsOf(user),
    images: user.flatMap((part) => (part.image_url ? [inDataUrl(record(part.image_url).url)] : [])),
    tools: list(body.tools).map((tool) => String(record(tool.function).name)),
    calls: calls.map((call) => ({
      name: record(call.function).name,
      input: parsed(record(call.function).arguments),
    })),
    results: messages
      .filter(({ role }) => role === 'tool')
      .map((message) => ({
        of: nameOf(message.tool_call_id),
        output: textsOf(partsOf(message.content)).join(''),
      })),
    schema: record(record(body.response_format).json_schema).schema,
    thinks: body.reasoning_effort !== undefined,
  };
}

function responsesAsked(body: Json): Asked {
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : list(body.input);
  const user = items.filter((item) => record(item).role === 'user').flatMap((item) => partsOf(item.content));
  const calls = list(body.input).filter(({ type }) => type === 'function_call');
  return {
    model: body.model,
    texts: textsOf(user),
    images: user.flatMap((part) => (part.type === 'input_image' ? [inDataUrl(part.image_url)] : [])),
    tools: list(body.tools).map(({ name }) => String(name)),
    calls: calls.map(({ name, arguments: input }) => ({ name, input: parsed(input) })),
    results: list(body.input)
      .filter(({ type }) => type === 'function_call_output')
      .map((item) => ({
        of: calls.find((call) => call.call_id === item.call_id)?.name,
        output: textsOf(partsOf(item.output)).join(''),
      })),
    schema: record(record(body.text).format).schema,
    thinks: body.reasoning !== undefined,
  };
}

function messagesAsked(body: Json): Asked {
  const blocks = (role: string) =>
    list(body.messages)
      .filter((message) => message.role === role)
      .flatMap(({ content }) => partsOf(content));
  const user = blocks('user');
  const calls = blocks('assistant').filter(({ type }) => type === 'tool_use');
  return {
    model: body.model,
    texts: textsOf(user),
    images: user.flatMap((part) => (part.type === 'image' ? [String(record(part.source).data)] : [])),
    tools: list(body.tools).map(({ name }) => String(name)),
    calls: calls.map(({ name, input }) => ({ name, input })),
    results: user
      .filter(({ type }) => type === 'tool_result')
      .map((block) => ({
        of: calls.find((call) => call.id === block.tool_use_id)?.name,
        output: textsOf(partsOf(block.content)).join(''),
      })),
    schema: record(record(body.output_config).format).schema,
    thinks: ['enabled', 'adaptive'].includes(String(record(body.thinking).type)),
  };
}

function geminiAsked(body: Json, path: string): Asked {
  const parts = (role: string) =>
    list(body.contents)
      .filter((content) => content.role === role)
      .flatMap((content) => list(content.parts));
  const results = parts('user').filter((part) => part.functionResponse);
  const config = record(body.generationConfig);
  return {
    model: /models\/(.+):/u.exec(path)?.[1],
    texts: textsOf(parts('user')),
    images: parts('user').flatMap((part) => (part.inlineData ? [String(record(part.inlineData).data)] : [])),
    tools: list(body.tools)
      .flatMap((tool) => list(tool.functionDeclarations))
      .map(({ name }) => String(name)),
    calls: parts('model')
      .filter((part) => part.functionCall)
      .map((part) => ({ name: record(part.functionCall).name, input: record(part.functionCall).args })),
    results: results.map((part) => ({
      of: record(part.functionResponse).name,
      output: Object.values(record(record(part.functionResponse).response)).join(''),
    })),
    schema: config.responseJsonSchema ?? config.responseSchema,
    thinks: Object.keys(record(config.thinkingConfig)).length > 0,
  };
}

const readers: Readonly<Record<string, (body: Json, path: string) => Asked>> = {
  'openai-chat': chatAsked,
  'openai-responses': responsesAsked,
  'anthropic-messages': messagesAsked,
  gemini: geminiAsked,
};

/** @param protocol the upstream's */
export function askedOf(protocol: string, call: Call | undefined): Asked | undefined {
  return call && readers[protocol]?.(record(parsed(call.body)), call.path);
}
