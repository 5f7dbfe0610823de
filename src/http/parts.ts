import type { Failure } from '../failure.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Logger } from '../log/logger.ts';
import type { ListedModel } from '../protocols/protocol.ts';
import type { Secret } from '../secret.ts';
import type { Door } from './guard.ts';

/** A key, or why there is none yet: the keychain is locked, or still being opened. */
export interface KeyHolder {
  peek(): Secret | undefined;
  /** Waits a moment where the store is being opened. @throws RotaError of kind `store` or `not-ready` */
  get(): Promise<Secret>;
}

/** What the control routes can be asked for, by whoever holds the admin key. */
export interface Control {
  status(): Promise<object>;
  /** Clears the rests of an account, or of all; of one model, or of all. @throws RotaError where there is no such account */
  reset(account: string | undefined, model: string | undefined): Promise<object>;
  /** What was decided about a request, or about the latest one. @throws RotaError where it is not remembered */
  why(request: string | undefined): Promise<object>;
  /** Takes up accounts that were added, changed or removed. */
  reload(): Promise<object>;
}

export interface HttpParts {
  readonly gateway: Gateway;
  readonly localKey: KeyHolder;
  readonly adminKey: KeyHolder;
  readonly control: Control;
  readonly log: Logger;
  door(): Door;
  maxBodyBytes(): number;
  models(): Promise<readonly ListedModel[]>;
  health(): object;
  now(): number;
  newRequestId(): string;
}

/** Set while the server shuts down. */
export interface Closing {
  failure: Failure | undefined;
}
