import type { Clock } from '../clock.ts';

/** What to send. The address comes from a provider's file or the user's settings, never from a client. */
export interface CallRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  /** How long the answer's head may take, in milliseconds. */
  readonly firstByteMs: number;
  /** How long an answer that has begun may be silent, in milliseconds. An error has less, and for all of it. */
  readonly idleMs: number;
}

export type HeaderFields = Readonly<Record<string, string | string[] | undefined>>;

export interface CallHandler {
  onHead(status: number, headers: HeaderFields): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** Instead of `onEnd`; nothing follows. Not called after `abort`. */
  onFailure(kind: 'slow' | 'transport', detail: string): void;
}

/** One HTTP exchange under way. */
export interface Call {
  /** Closes the connection; the handler hears nothing more. */
  abort(): void;
  pause(): void;
  resume(): void;
}

/** HTTP exchanges by one way out. */
export interface Exchanges {
  call(request: CallRequest, handler: CallHandler): Call;
  /** A whole small answer at once: for model lists and token calls, not for the hot path. @throws RotaError of kind `upstream-unreachable` */
  readonly fetch: (url: string, init: FetchInit) => Promise<FetchAnswer>;
}

/** The way out that the environment names, and others. */
export interface Upstream extends Exchanges {
  /** By an account's own way: the address of a proxy (http, https, socks5), or `none` for straight. */
  by(egressProxy: string): Promise<Exchanges>;
  close(): Promise<void>;
}

/** The part of the platform's `Response` that callers use; the class itself costs 9 MB when it is first named. */
export interface FetchAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
}

interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface UpstreamOptions {
  readonly clock: Clock;
  /** `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, in upper or lower case. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
