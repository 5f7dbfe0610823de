import { RotaError } from '../failure.ts';
import { providerWords } from '../oauth/provider-words.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import { readBounded } from './bounded-body.ts';
import type { BoundedText } from './bounded-body.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

/** What is asked of a provider itself, outside of any client's request. */
export interface Question {
  readonly url: string;
  /** The protocol whose manner of authorising it wants. */
  readonly protocol: string;
  /** For a sentence: "when asked for its models". */
  readonly about: string;
}

export interface AskOptions {
  /** Rota's own: `rota/<version>`. */
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/**
 * One GET, no redirect followed.
 * @throws RotaError of kind `refused-by-provider` for any answer that is not a success, `upstream-unreachable` where none came.
 */
export async function askProvider(
  provider: Provider,
  question: Question,
  secret: Secret,
  fetch: Fetch,
  { userAgent, signal }: AskOptions,
): Promise<{ readonly status: number; readonly text: BoundedText }> {
  const { response, text } = await fetch(question.url, {
    method: 'GET',
    headers: {
      ...provider.authorize(question.protocol, secret),
      accept: 'application/json',
      'user-agent': userAgent,
    },
    redirect: 'manual',
    signal,
  })
    .then(async (answer) => {
      const maxBytes = answer.ok ? MAX_ANSWER_BYTES : MAX_REFUSAL_BYTES;
      return { response: answer, text: await readBounded(answer, maxBytes) };
    })
    // Without the cause: what the platform's fetch throws can quote a header, and with it the credential.
    .catch((error: unknown) => {
      throw unreachable(provider, question, networkCode(error));
    });
  const { status } = response;
  if (!response.ok) throw refused(provider, question, status, text.text, secret);
  return { status, text };
}

function refused(
  provider: Provider,
  question: Question,
  status: number,
  body: string,
  secret: Secret,
): RotaError {
  const words = providerWords(messageIn(body) ?? body, [secret.reveal()]);
  const said = words === '' ? 'without a word' : `"${words}"`;
  return new RotaError({
    kind: 'refused-by-provider',
    status,
    message: `${provider.label} (${hostOf(question)}) answered ${status} ${said} when ${question.about}. ${wayOn(status)}`,
  });
}

function wayOn(status: number): string {
  if (status === 401 || status === 403) return 'Check that the key or sign-in is valid and may list models.';
  if (status === 429 || status >= 500) return 'Try again later.';
  return 'Check the address and the key.';
}

export function unreachable(provider: Provider, question: Question, detail: string): RotaError {
  const suffix = detail === '' ? '' : ` ${detail}`;
  return new RotaError({
    kind: 'upstream-unreachable',
    message: `${provider.label} (${hostOf(question)}) did not answer${suffix} when ${question.about}. Check the address and the network.`,
  });
}

export function hostOf({ url }: Pick<Question, 'url'>): string {
  return new URL(url).host;
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
