import { anthropicCounting, anthropicMessages } from '../protocols/anthropic-messages/protocol.ts';
import { gemini } from '../protocols/gemini/protocol.ts';
import { openaiCompletions } from '../protocols/openai-chat/completions.ts';
import { openaiEmbeddings } from '../protocols/openai-chat/embeddings.ts';
import { openaiChat } from '../protocols/openai-chat/protocol.ts';
import {
  openaiResponses,
  responsesCompacting,
  responsesCounting,
} from '../protocols/openai-responses/protocol.ts';
import { responsesStored } from '../protocols/openai-responses/stored.ts';
import type { Dialect, Protocol } from '../protocols/protocol.ts';

export interface Route {
  readonly paths: readonly string[];
  readonly protocol: Protocol;
}

/** Each protocol's routes: a protocol is served by its line here. */
export const routes: readonly Route[] = [
  { paths: below('/chat/completions'), protocol: openaiChat },
  { paths: below('/responses'), protocol: openaiResponses },
  { paths: below('/messages'), protocol: anthropicMessages },
  { paths: below('/messages/count_tokens'), protocol: anthropicCounting },
  { paths: below('/completions'), protocol: openaiCompletions },
  { paths: below('/embeddings'), protocol: openaiEmbeddings },
  { paths: below('/responses/input_tokens'), protocol: responsesCounting },
  { paths: below('/responses/compact'), protocol: responsesCompacting },
];

/** Answers that are stored where they were given: they may also be fetched and deleted. */
export const storedRoutes: readonly Route[] = [
  { paths: below('/responses/*rest'), protocol: responsesStored },
];

/** Where an upgrade opens a WebSocket, whose messages are requests of Responses. */
export const socketPaths: ReadonlySet<string> = new Set(below('/responses'));

/** Paths that name a model: a POST asks it for something, a GET asks what it is. */
export const modelRoutes: readonly Route[] = [
  {
    paths: [
      '/v1beta/models/*rest',
      '/v1alpha/models/*rest',
      '/v1beta/v1beta/models/*rest',
      ...below('/models/*rest'),
      // As its clients call them in their manner for Vertex AI, with a key or with a project.
      '/v1beta1{/projects/:project/locations/:location}/*rest',
      '/v1/projects/:project/locations/:location/*rest',
      '/v1/publishers/google/models/*rest',
    ],
    protocol: gemini,
  },
];

/** Where the list of models is asked for. */
export const modelLists: readonly string[] = [
  ...below('/models'),
  '/v1beta/models',
  '/v1alpha/models',
  '/v1beta/v1beta/models',
];

/** In whose shape an error is told where the path belongs to no protocol. */
export const commonDialect: Dialect = openaiChat;

/**
 * Some clients put the version into the base URL, some before each path: a base URL with it where none was wanted, or
 * without it where one was, is an easy mistake, and nothing else can be meant by it.
 */
function below(path: string): readonly string[] {
  return [`/v1${path}`, path, `/v1/v1${path}`];
}
