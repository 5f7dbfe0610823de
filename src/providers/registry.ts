import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { cerebras } from './cerebras.ts';
import { compatibleKinds, compatibleProvider } from './compatible.ts';
import type { EndpointKind, NamedEndpoint } from './endpoint-kind.ts';
import { fireworks } from './fireworks.ts';
import { settingsProvider, type ProviderEntry } from './from-settings.ts';
import { deepseek } from './deepseek.ts';
import { gemini } from './gemini.ts';
import { geminiProject } from './gemini-project.ts';
import { groq } from './groq.ts';
import { huggingface } from './huggingface.ts';
import { lmstudio } from './lmstudio.ts';
import { mistral } from './mistral.ts';
import { moonshot } from './moonshot.ts';
import { nearest } from '../nearest.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { poe } from './poe.ts';
import type { Provider } from './provider.ts';
import { together } from './together.ts';
import { vertex } from './vertex.ts';
import { vertexClaude } from './vertex-claude.ts';
import { vertexGemini } from './vertex-gemini.ts';
import { vllm } from './vllm.ts';
import { xai } from './xai.ts';
import { zai } from './zai.ts';

/** Every provider that comes with the program. The only place where all are named: one more is one file and one line here. */
export const builtInProviders: readonly Provider[] = [
  openrouter,
  openai,
  anthropic,
  gemini,
  groq,
  xai,
  mistral,
  deepseek,
  huggingface,
  moonshot,
  zai,
  cerebras,
  together,
  fireworks,
  poe,
  ollama,
  lmstudio,
  vllm,
];

/** Those whose address depends on whose they are: each becomes a provider once a person has named an endpoint of theirs. */
export const endpointKinds: readonly EndpointKind[] = [
  azure,
  bedrock,
  vertex,
  vertexGemini,
  vertexClaude,
  geminiProject,
];

/** Every id that comes with the program, and that nothing else may take. */
export const reservedIds: readonly string[] = [
  ...builtInProviders.map(({ id }) => id),
  ...[...endpointKinds, ...compatibleKinds].map(({ id }) => id),
];

/** A remembered endpoint as a provider. One of a kind that this version does not know is taken for OpenAI's protocol. */
export function endpointProvider(endpoint: NamedEndpoint): Provider {
  const kind = [...endpointKinds, ...compatibleKinds].find(({ id }) => id === endpoint.kind);
  return (kind?.make ?? compatibleProvider)(endpoint);
}

export interface Registry {
  /** `undefined` where there is none of that id; then {@link Registry.nearest} says what may have been meant. */
  get(id: string): Provider | undefined;
  list(): readonly Provider[];
  /** The ids, also of kinds that nobody has named an endpoint of, that are nearest to one that is unknown, best first, at most three. */
  nearest(id: string): readonly string[];
}

export interface RegistrySources {
  /** `providers` of the settings. */
  readonly settings?: Readonly<Record<string, ProviderEntry>>;
  /** Endpoints that were named at sign-in. */
  readonly endpoints?: readonly NamedEndpoint[];
}

/**
 * All providers by id. One that comes with the program is never replaced, since its accounts' keys would go elsewhere; the settings
 * outrank an endpoint of the same name.
 * @throws RotaError `settings` where an address in them cannot be used.
 */
export function makeRegistry(sources: RegistrySources = {}): Registry {
  const byId = new Map(builtInProviders.map((provider) => [provider.id, provider]));
  for (const endpoint of sources.endpoints ?? []) byId.set(endpoint.id, endpointProvider(endpoint));
  for (const [id, entry] of Object.entries(sources.settings ?? {})) byId.set(id, settingsProvider(id, entry));
  for (const provider of builtInProviders) byId.set(provider.id, provider);
  return {
    get: (id) => byId.get(id),
    list: () => [...byId.values()],
    nearest: (id) => nearest(id, [...byId.keys(), ...endpointKinds.map((kind) => kind.id)]),
  };
}
