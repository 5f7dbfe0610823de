import type { Records } from '../accounts/records.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Clock } from '../clock.ts';
import type { RotaPaths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Registry } from '../providers/registry.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with, handed to it: no command touches the process, the clock or the network by itself. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly version: string;
  readonly userAgent: string;
  readonly paths: RotaPaths;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** @throws RotaError of kind `settings` */
  settings(): Promise<Settings>;
  readonly records: Records;
  /** Built-in providers, those of the settings, and endpoints named at sign-in. */
  registry(): Promise<Registry>;
  /** Opens the credential store, waiting for a person to unlock it where there is one. @throws RotaError of kind `store` */
  vault(): Promise<Vault>;
  /** Through the same agent and egress proxy as requests. */
  readonly fetch: Fetch;
  readonly daemon: DaemonClient;
  /** Runs the proxy until it is told to end. */
  serve(options: ServeOptions): Promise<void>;
}

export interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
}

/** The daemon that runs beside a command, if one does. Each call resolves to `undefined` where none runs. */
export interface DaemonClient {
  /** Its address and process, without asking it for anything secret. */
  find(): Promise<RunningDaemon | undefined>;
  status(): Promise<DaemonStatus | undefined>;
  /** Clears the rests of one account, by id, or of all; of one model, or of all. */
  reset(accountId: string | undefined, model?: string): Promise<DaemonStatus | undefined>;
  /** Makes it take up changed accounts now instead of within a second; a failure to do so is no error. */
  reload(): Promise<void>;
}

export interface RunningDaemon {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What `GET /-/status` answers. */
export interface DaemonStatus extends RunningDaemon {
  /** Why it cannot serve at all, in a sentence. */
  readonly obstacle?: string;
  readonly accounts: readonly AccountStatus[];
}

export interface AccountStatus {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  readonly enabled: boolean;
  /** `ready`, `resting`, `loading`, `expired`, `unreadable`, `needs-login`, `draining`, `disabled`. */
  readonly state: string;
  /** What is wrong, in a sentence. */
  readonly problem?: string;
  /** How many models its provider lists; absent while that is not known. */
  readonly models?: number;
  readonly rests: readonly {
    readonly kind: string;
    readonly detail?: string;
    /** Only for this upstream model; for all where absent. */
    readonly model?: string;
    /** ISO 8601. */
    readonly until: string;
  }[];
  /** Since the daemon's start. */
  readonly requests: number;
  readonly failures: number;
}
