/** What an answer says of itself; times in seconds since the epoch, as the wire has them. */
export interface ResponseFacts {
  readonly id: string;
  readonly createdAtS: number;
  readonly model: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly object[];
  readonly completedAtS?: number;
  readonly usage?: object;
  readonly error?: { readonly code: string; readonly message: string };
  readonly incompleteReason?: 'max_output_tokens' | 'content_filter';
}

/** Members of a request that its answer repeats, and what they are where the request has none. */
const echoed: Readonly<Record<string, unknown>> = {
  instructions: null,
  max_output_tokens: null,
  parallel_tool_calls: true,
  reasoning: { effort: null, summary: null },
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  metadata: {},
};

/**
 * The response object of an answer and of its first and last events, with every member that the vendor's types
 * require (platform.openai.com/docs/api-reference/responses/object).
 *
 * @param request the members of the request, of which some are repeated
 */
export function responseObject(
  facts: ResponseFacts,
  request: Readonly<Record<string, unknown>> = {},
): object {
  const { id, createdAtS, model, status, output, completedAtS, usage, error, incompleteReason } = facts;
  const repeated = Object.entries(echoed).map(([name, otherwise]) => [name, request[name] ?? otherwise]);
  return {
    id,
    object: 'response',
    created_at: createdAtS,
    access_programs: null,
    status,
    background: false,
    completed_at: completedAtS ?? null,
    error: error ?? null,
    incomplete_details: incompleteReason === undefined ? null : { reason: incompleteReason },
    model,
    output,
    previous_response_id: null,
    service_tier: 'default',
    store: false,
    usage: usage ?? null,
    ...Object.fromEntries(repeated),
  };
}
