/** What a client of each protocol can ask for, as members of its request: what the table in docs/protocols.md is made of. */
export interface Feature {
  readonly name: string;
  /** By protocol; absent where its clients cannot say it. */
  readonly asked: Readonly<Record<string, object>>;
}

const png = 'iVBORw0KGgo=';
const schema = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};
const pdf = 'JVBERi0=';

/** One user's message with a part, in each protocol. */
function said(parts: {
  chat?: object;
  responses?: object;
  messages?: object;
  gemini?: object;
}): Feature['asked'] {
  const { chat, responses, messages, gemini } = parts;
  return {
    ...(chat ? { chat: { messages: [{ role: 'user', content: [chat] }] } } : {}),
    ...(responses ? { responses: { input: [{ role: 'user', content: [responses] }] } } : {}),
    ...(messages ? { messages: { messages: [{ role: 'user', content: [messages] }] } } : {}),
    ...(gemini ? { gemini: { contents: [{ role: 'user', parts: [gemini] }] } } : {}),
  };
}

function config(generationConfig: object): object {
  return { generationConfig };
}

const tools = {
  chat: [{ type: 'function', function: { name: 'f', parameters: schema } }],
  responses: [{ type: 'function', name: 'f', parameters: schema, strict: false }],
  messages: [{ name: 'f', input_schema: schema }],
  gemini: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: schema }] }],
};

export const features: readonly Feature[] = [
  {
    name: 'limit of the answer',
    asked: {
      chat: { max_completion_tokens: 99 },
      responses: { max_output_tokens: 99 },
      messages: { max_tokens: 99 },
      gemini: config({ maxOutputTokens: 99 }),
    },
  },
  {
    name: 'temperature',
    asked: {
      chat: { temperature: 0.5 },
      responses: { temperature: 0.5 },
      messages: { temperature: 0.5 },
      gemini: config({ temperature: 0.5 }),
    },
  },
  { name: 'top_k', asked: { messages: { top_k: 4 }, gemini: config({ topK: 4 }) } },
  { name: 'seed', asked: { chat: { seed: 7 }, gemini: config({ seed: 7 }) } },
  {
    name: 'stop sequences',
    asked: {
      chat: { stop: ['END'] },
      messages: { stop_sequences: ['END'] },
      gemini: config({ stopSequences: ['END'] }),
    },
  },
  {
    name: 'a service tier',
    asked: {
      chat: { service_tier: 'flex' },
      responses: { service_tier: 'flex' },
      messages: { service_tier: 'standard_only' },
    },
  },
  { name: 'several answers', asked: { chat: { n: 2 }, gemini: config({ candidateCount: 2 }) } },
  {
    name: 'log probabilities',
    asked: {
      chat: { logprobs: true },
      responses: { top_logprobs: 3 },
      gemini: config({ responseLogprobs: true }),
    },
  },
  {
    name: 'reasoning effort',
    asked: {
      chat: { reasoning_effort: 'high' },
      responses: { reasoning: { effort: 'high' } },
      messages: { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      gemini: config({ thinkingConfig: { thinkingLevel: 'HIGH' } }),
    },
  },
  { name: 'verbosity', asked: { chat: { verbosity: 'low' }, responses: { text: { verbosity: 'low' } } } },
  {
    name: 'an answer by schema',
    asked: {
      chat: { response_format: { type: 'json_schema', json_schema: { name: 'r', schema } } },
      responses: { text: { format: { type: 'json_schema', name: 'r', schema } } },
      messages: { output_config: { format: { type: 'json_schema', schema } } },
      gemini: config({ responseMimeType: 'application/json', responseJsonSchema: schema }),
    },
  },
  {
    name: 'an answer in JSON',
    asked: {
      chat: { response_format: { type: 'json_object' } },
      responses: { text: { format: { type: 'json_object' } } },
      gemini: config({ responseMimeType: 'application/json' }),
    },
  },
  {
    name: 'tools',
    asked: {
      chat: { tools: tools.chat },
      responses: { tools: tools.responses },
      messages: { tools: tools.messages },
      gemini: { tools: tools.gemini },
    },
  },
  {
    name: 'strict tools',
    asked: {
      chat: { tools: [{ type: 'function', function: { name: 'f', parameters: schema, strict: true } }] },
      responses: { tools: [{ type: 'function', name: 'f', parameters: schema, strict: true }] },
    },
  },
  {
    name: 'tools that take free text',
    asked: {
      chat: { tools: [{ type: 'custom', custom: { name: 'f' } }] },
      responses: { tools: [{ type: 'custom', name: 'f' }] },
    },
  },
  {
    name: 'a grammar for free text',
    asked: {
      chat: {
        tools: [
          {
            type: 'custom',
            custom: {
              name: 'f',
              format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
            },
          },
        ],
      },
      responses: {
        tools: [
          {
            type: 'custom',
            name: 'f',
            format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
          },
        ],
      },
    },
  },
  {
    name: 'a certain tool',
    asked: {
      chat: { tools: tools.chat, tool_choice: { type: 'function', function: { name: 'f' } } },
      responses: { tools: tools.responses, tool_choice: { type: 'function', name: 'f' } },
      messages: { tools: tools.messages, tool_choice: { type: 'tool', name: 'f' } },
      gemini: {
        tools: tools.gemini,
        toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      },
    },
  },
  {
    name: 'one call at a time',
    asked: {
      chat: { tools: tools.chat, parallel_tool_calls: false },
      responses: { tools: tools.responses, parallel_tool_calls: false },
      messages: { tools: tools.messages, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    },
  },
  {
    name: 'a search that the provider runs',
    asked: {
      responses: { tools: [{ type: 'web_search' }] },
      messages: { tools: [...tools.messages, { type: 'web_search_20250305', name: 'web_search' }] },
      gemini: { tools: [{ googleSearch: {} }] },
    },
  },
  {
    name: 'code that the provider runs',
    asked: {
      responses: { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
      messages: { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] },
      gemini: { tools: [{ codeExecution: {} }] },
    },
  },
  {
    name: 'an image',
    asked: said({
      chat: { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
      responses: { type: 'input_image', image_url: `data:image/png;base64,${png}` },
      messages: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      gemini: { inlineData: { mimeType: 'image/png', data: png } },
    }),
  },
  {
    name: 'an image by address',
    asked: said({
      chat: { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      responses: { type: 'input_image', image_url: 'https://example.com/a.png' },
      messages: { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    }),
  },
  {
    name: 'a PDF',
    asked: said({
      chat: { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
      responses: { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
      messages: { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
      gemini: { inlineData: { mimeType: 'application/pdf', data: pdf } },
    }),
  },
  {
    name: 'a stored file',
    asked: said({
      chat: { type: 'file', file: { file_id: 'file-1' } },
      responses: { type: 'input_file', file_id: 'file-1' },
      messages: { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      gemini: { fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/files/1' } },
    }),
  },
  {
    name: 'sound',
    asked: said({
      chat: { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      gemini: { inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } },
    }),
  },
  {
    name: 'cache marks',
    asked: said({ messages: { type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } } }),
  },
  { name: 'a cache key', asked: { chat: { prompt_cache_key: 'k' }, responses: { prompt_cache_key: 'k' } } },
  {
    name: 'the name of the person',
    asked: {
      chat: { safety_identifier: 'u' },
      responses: { safety_identifier: 'u' },
      messages: { metadata: { user_id: 'u' } },
    },
  },
  { name: 'an answer that goes on from another', asked: { responses: { previous_response_id: 'resp_1' } } },
];

/** The smallest request of each protocol. */
export const smallest: Readonly<Record<string, { readonly path: string; readonly body: object }>> = {
  chat: { path: '/v1/chat/completions', body: { model: 'm', messages: [{ role: 'user', content: 'hi' }] } },
  responses: { path: '/v1/responses', body: { model: 'm', input: 'hi' } },
  messages: {
    path: '/v1/messages',
    body: { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
  },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  },
};
