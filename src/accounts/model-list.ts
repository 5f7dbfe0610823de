import { RotaError } from '../failure.ts';
import { providerWords } from '../oauth/provider-words.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Model, ModelList, Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import { readBounded } from './bounded-body.ts';
import { withTimeLimit } from './time-limit.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

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
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return withTimeLimit(
    timeoutMs,
    options.signal,
    (signal) => ask(provider, list, secret, fetch, options.userAgent, signal),
    (why) =>
      why === 'cancelled'
        ? new RotaError({ kind: 'cancelled', message: 'Asking for the models was cancelled.' })
        : unreachable(provider, list, `within ${timeoutMs / 1000} s`),
  );
}

export function fixedModelsOf(provider: Provider): readonly Model[] {
  return (provider.fixedModels ?? []).map((id) => ({ id }));
}

async function ask(
  provider: Provider,
  list: ModelList,
  secret: Secret,
  fetch: Fetch,
  userAgent: string,
  signal: AbortSignal,
): Promise<readonly Model[]> {
  const { response, text } = await fetch(list.url, {
    method: 'GET',
    headers: {
      ...provider.authorize(list.protocol, secret),
      accept: 'application/json',
      'user-agent': userAgent,
    },
    redirect: 'manual',
    signal,
  })
    .then(async (answer) => {
      const maxBytes = answer.ok ? MAX_LIST_BYTES : MAX_REFUSAL_BYTES;
      return { response: answer, text: await readBounded(answer, maxBytes) };
    })
    // Without the cause: what the platform's fetch throws can quote a header, and with it the credential.
    .catch((error: unknown) => {
      throw unreachable(provider, list, networkCode(error));
    });
  if (!response.ok) throw refused(provider, list, response.status, text.text, secret);
  if (text.kind === 'cut') throw notAList(provider, list, response.status);
  try {
    return list.parse(JSON.parse(text.text));
  } catch {
    throw notAList(provider, list, response.status);
  }
}

function refused(
  provider: Provider,
  list: ModelList,
  status: number,
  body: string,
  secret: Secret,
): RotaError {
  const words = providerWords(messageIn(body) ?? body, [secret.reveal()]);
  const said = words === '' ? 'without a word' : `"${words}"`;
  return new RotaError({
    kind: 'refused-by-provider',
    status,
    message: `${provider.label} (${hostOf(list)}) answered ${status} ${said} when asked for its models. ${wayOn(status)}`,
  });
}

function wayOn(status: number): string {
  if (status === 401 || status === 403) return 'Check that the key or sign-in is valid and may list models.';
  if (status === 429 || status >= 500) return 'Try again later.';
  return 'Check the address and the key.';
}

function notAList(provider: Provider, list: ModelList, status: number): RotaError {
  return new RotaError({
    kind: 'refused-by-provider',
    status,
    message: `${provider.label} (${hostOf(list)}) answered ${status}, but not with a list of models. Check the address.`,
  });
}

function unreachable(provider: Provider, list: ModelList, detail: string): RotaError {
  const suffix = detail === '' ? '' : ` ${detail}`;
  return new RotaError({
    kind: 'upstream-unreachable',
    message: `${provider.label} (${hostOf(list)}) did not answer${suffix} when asked for its models. Check the address and the network.`,
  });
}

function hostOf(list: ModelList): string {
  return new URL(list.url).host;
}

/** The usual places of a sentence in an error body. */
function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = memberOf(parsed, 'error');
    const found = [memberOf(error, 'message'), memberOf(parsed, 'message'), error];
    return found.find((value) => typeof value === 'string');
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return memberOf(value[0], name);
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The system's own code (`ECONNREFUSED`), which quotes nothing. */
function networkCode(error: unknown): string {
  const cause = memberOf(error, 'cause') ?? error;
  const code = memberOf(cause, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? `(${code})` : '';
}
