import { createHash } from 'node:crypto';
import type { Account } from './accounts.ts';
import type { Complaint } from './behaviour.ts';

/** A code can be exchanged for this long. */
const CODE_LIFE_MS = 600_000;

export interface SignedIn {
  readonly key: string;
  readonly userId: string;
}

/** An answer outside generation: a body in JSON or as text, or a refusal in the vendor's shape. */
export type SideAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | {
      readonly status: number;
      readonly complaint: Complaint;
      /** Nothing that a well-behaved client would do. */
      readonly problem?: string;
    };

/**
 * OpenRouter's sign-in (openrouter.ai/docs/guides/overview/auth/oauth): a page that consents at once, and the
 * exchange of its code for a permanent key. `nextAccount` says who signs in.
 */
export function createSignIn(now: () => number, nextAccount: () => SignedIn) {
  const codes = new Map<string, { readonly challenge: string; readonly expiresAt: number }>();
  let issued = 0;

  const refuse = (status: number, message: string, problem?: string): SideAnswer => ({
    status,
    complaint: { message },
    ...(problem === undefined ? {} : { problem }),
  });

  return {
    /** The page. With a callback address it redirects there; without one it shows the code to copy. */
    authorize(query: URLSearchParams): SideAnswer {
      const challenge = query.get('code_challenge') ?? '';
      if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/u.test(challenge)) {
        return refuse(
          400,
          'Invalid code_challenge.',
          'The sign-in page was opened without an S256 challenge.',
        );
      }
      const callback = query.get('callback_url');
      if (callback !== null && !URL.canParse(callback)) {
        return refuse(400, 'Invalid callback_url.', `The callback address ${callback} is not an address.`);
      }
      issued += 1;
      const code = `code-sim-${issued}`;
      codes.set(code, { challenge, expiresAt: now() + CODE_LIFE_MS });
      if (callback === null) {
        return {
          status: 200,
          headers: { 'content-type': 'text/html; charset=utf-8' },
          body: `<!DOCTYPE html><title>Authorize</title><p>Your code: <code>${code}</code></p>`,
        };
      }
      const target = new URL(callback);
      target.searchParams.set('code', code);
      return { status: 302, headers: { location: target.href }, body: '' };
    },

    /** `POST /api/v1/auth/keys`. A code is good for one attempt. */
    exchange(body: Readonly<Record<string, unknown>>): SideAnswer {
      if (body['code_challenge_method'] !== 'S256') {
        return refuse(400, 'Invalid code_challenge_method.', 'The exchange did not name S256.');
      }
      const code = typeof body['code'] === 'string' ? body['code'] : '';
      const verifier = typeof body['code_verifier'] === 'string' ? body['code_verifier'] : '';
      const known = codes.get(code);
      codes.delete(code);
      if (known === undefined || known.expiresAt <= now()) {
        return refuse(403, 'Invalid code or code_verifier.');
      }
      if (createHash('sha256').update(verifier).digest('base64url') !== known.challenge) {
        return refuse(403, 'Invalid code or code_verifier.', 'The verifier does not fit the challenge.');
      }
      const { key, userId } = nextAccount();
      return { status: 200, body: { key, user_id: userId } };
    },
  };
}

/** `GET /api/v1/key`: the key's label and limits, in credits. A quota stands for credits, one for each call. */
export function keyInfo(account: Account): SideAnswer {
  const limit = account.options.quota?.requests ?? null;
  const usage = account.window?.used ?? 0;
  return {
    status: 200,
    body: {
      data: {
        label: account.label,
        limit,
        limit_remaining: limit === null ? null : limit - usage,
        limit_reset: null,
        usage,
        is_free_tier: false,
        is_provisioning_key: false,
        rate_limit: { requests: -1, interval: '10s' },
      },
    },
  };
}
