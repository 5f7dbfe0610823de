import { RotaError } from '../failure.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Model, ModelList, Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import { askProvider, hostOf, unreachable } from './provider-question.ts';
import type { Question } from './provider-question.ts';
import { withTimeLimit } from './time-limit.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface FetchModelsOptions {
  /** Rota's own: `rota/<version>`. */
  readonly userAgent: string;
  readonly signal?: AbortSignal;
  /** The whole call, its body included; 10 seconds where not given. */
  readonly timeoutMs?: number;
}

/**
 * The models that a credential may use, in the provider's own words. One call, no redirect followed; a provider
 * without a list answers with its fixed models and is not called.
 * @throws RotaError of kind `refused-by-provider` for any answer that is not a list, `upstream-unreachable` where none
 * came in time, `cancelled` where `signal` aborts.
 */
export async function fetchModels(
  provider: Provider,
  secret: Secret,
  fetch: Fetch,
  options: FetchModelsOptions,
): Promise<readonly Model[]> {
  const list = provider.modelList;
  if (list === undefined) return fixedModelsOf(provider);
  const question: Question = { url: list.url, protocol: list.protocol, about: 'asked for its models' };
  return limited(provider, question, options, async (signal) => {
    const { userAgent } = options;
    const { status, text } = await askProvider(provider, question, secret, fetch, { userAgent, signal });
    if (text.kind === 'cut') throw notAList(provider, list, status);
    try {
      return list.parse(JSON.parse(text.text));
    } catch {
      throw notAList(provider, list, status);
    }
  });
}

/**
 * Whether a credential is good, by one call that costs nothing: of the provider's own address for that, where its model
 * list answers everybody, else of the list.
 * @returns the models; `undefined` where they were not asked for, or where a server that may do without a list has none.
 * @throws RotaError as {@link fetchModels} does.
 */
export async function probeCredential(
  provider: Provider,
  secret: Secret,
  fetch: Fetch,
  options: FetchModelsOptions,
): Promise<readonly Model[] | undefined> {
  const { probe } = provider;
  if (probe === undefined) {
    return fetchModels(provider, secret, fetch, options).catch((error: unknown) => {
      if (provider.modelList?.optional === true && hasNoList(error)) return undefined;
      throw error;
    });
  }
  const question: Question = { ...probe, about: 'asked whether the credential is valid' };
  const { userAgent } = options;
  await limited(provider, question, options, (signal) =>
    askProvider(provider, question, secret, fetch, { userAgent, signal }),
  );
  return undefined;
}

export function fixedModelsOf(provider: Provider): readonly Model[] {
  return (provider.fixedModels ?? []).map((id) => ({ id }));
}

function limited<T>(
  provider: Provider,
  question: Question,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: FetchModelsOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withTimeLimit(timeoutMs, signal, work, (why) =>
    why === 'cancelled'
      ? new RotaError({ kind: 'cancelled', message: 'Asking the provider was cancelled.' })
      : unreachable(provider, question, `within ${timeoutMs / 1000} s`),
  );
}

/** No such address, or nothing that it answers a GET with. */
function hasNoList(error: unknown): boolean {
  if (!(error instanceof RotaError) || error.failure.kind !== 'refused-by-provider') return false;
  return [404, 405, 501].includes(error.failure.status);
}

function notAList(provider: Provider, list: ModelList, status: number): RotaError {
  return new RotaError({
    kind: 'refused-by-provider',
    status,
    message: `${provider.label} (${hostOf(list)}) answered ${status}, but not with a list of models. Check the address.`,
  });
}
