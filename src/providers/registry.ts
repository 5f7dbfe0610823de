import { anthropic } from './anthropic.ts';
import { compatibleProvider, type CompatibleEndpoint } from './compatible.ts';
import { settingsProvider, type ProviderEntry } from './from-settings.ts';
import { deepseek } from './deepseek.ts';
import { gemini } from './gemini.ts';
import { groq } from './groq.ts';
import { huggingface } from './huggingface.ts';
import { mistral } from './mistral.ts';
import { nearest } from '../nearest.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import type { Provider } from './provider.ts';
import { xai } from './xai.ts';

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
];

export interface Registry {
  /** `undefined` where there is none of that id; then {@link Registry.nearest} says what may have been meant. */
  get(id: string): Provider | undefined;
  list(): readonly Provider[];
  /** The ids that are nearest to one that is unknown, best first, at most three. */
  nearest(id: string): readonly string[];
}

export interface RegistrySources {
  /** `providers` of the settings. */
  readonly settings?: Readonly<Record<string, ProviderEntry>>;
  /** Endpoints that were named at sign-in. */
  readonly endpoints?: readonly CompatibleEndpoint[];
}

/**
 * All providers by id. One that comes with the program is never replaced, since its accounts' keys would go elsewhere; the settings
 * outrank an endpoint of the same name.
 * @throws RotaError `settings` where an address in them cannot be used.
 */
export function makeRegistry(sources: RegistrySources = {}): Registry {
  const byId = new Map(builtInProviders.map((provider) => [provider.id, provider]));
  for (const endpoint of sources.endpoints ?? []) byId.set(endpoint.id, compatibleProvider(endpoint));
  for (const [id, entry] of Object.entries(sources.settings ?? {})) byId.set(id, settingsProvider(id, entry));
  for (const provider of builtInProviders) byId.set(provider.id, provider);
  return {
    get: (id) => byId.get(id),
    list: () => [...byId.values()],
    nearest: (id) => nearest(id, [...byId.keys()]),
  };
}
