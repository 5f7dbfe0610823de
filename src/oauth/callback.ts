import type { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import { errorPhrase } from './provider-words.ts';
import { signInError } from './sign-in-failure.ts';

/** What a callback must carry to be this sign-in's own. */
export interface ExpectedCallback {
  /** Absent where the callback's path does the binding. */
  readonly state?: Secret;
  readonly issuer?: string;
  readonly issPromised: boolean;
}

/**
 * - `ignored`: not this sign-in's; waiting goes on. `problem` is for a person who pasted it.
 * - `refused`: this sign-in's, and it ends it.
 * - `granted`: holds a code.
 */
export type Callback =
  | { readonly kind: 'ignored'; readonly problem: string }
  | { readonly kind: 'refused'; readonly error: RotaError }
  | { readonly kind: 'granted'; readonly code: string };

/** Judges the query of a redirect (RFC 6749 §4.1.2, RFC 9207 §2.4): whether it is ours first, then what it says. */
export function judgeCallback(query: URLSearchParams, expected: ExpectedCallback): Callback {
  for (const name of ['state', 'code', 'iss', 'error']) {
    if (query.getAll(name).length > 1) return ignored(`The address holds ${name} twice.`);
  }
  if (expected.state !== undefined && !expected.state.equals(query.get('state') ?? '')) {
    return ignored('The address belongs to another sign-in: its state is not the one that was sent.');
  }
  const code = query.get('code');
  const error = query.get('error');
  if (code === null && error === null) return ignored('The address holds neither a code nor an error.');
  const wrongIssuer = issuerProblem(query.get('iss'), expected);
  if (wrongIssuer !== undefined) {
    return { kind: 'refused', error: signInError('wrong-issuer', wrongIssuer) };
  }
  if (error !== null) return { kind: 'refused', error: refusal(error, query.get('error_description')) };
  if (code === null || code === '') return ignored('The code in the address is empty.');
  return { kind: 'granted', code };
}

// RFC 9207 §2.4. Where we know no issuer there is nothing to compare with.
function issuerProblem(iss: string | null, expected: ExpectedCallback): string | undefined {
  if (expected.issuer === undefined) return undefined;
  if (iss === null) {
    return expected.issPromised
      ? `The answer does not say that it is from ${expected.issuer}, which always says so. The sign-in was stopped.`
      : undefined;
  }
  if (iss === expected.issuer) return undefined;
  return `The answer is not from ${expected.issuer} but from another server. The sign-in was stopped.`;
}

const passing = new Set(['server_error', 'temporarily_unavailable']);

// RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6.
function refusal(error: string, description: string | null): RotaError {
  const words = errorPhrase(error, description);
  return passing.has(error)
    ? signInError(
        'unreachable',
        `The provider cannot sign anybody in at the moment (${words}). Try again later.`,
      )
    : signInError('denied', `The provider refused the sign-in (${words}).`);
}

function ignored(problem: string): Callback {
  return { kind: 'ignored', problem };
}
