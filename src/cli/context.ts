import type { Account } from '../accounts/account.ts';
import type { Records } from '../accounts/records.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Clock } from '../clock.ts';
import type { RotaPaths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { Fetch } from '../oauth/types.ts';
import type { ImportHome } from '../providers/importing/source.ts';
import type { Registry } from '../providers/registry.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with, handed to it: no command touches the process, the clock or the network by itself. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly version: string;
  readonly userAgent: string;
  readonly paths: RotaPaths;
  /** Where other programs of this person keep what is theirs. */
  readonly importHome: ImportHome;
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
  /** Through the same agent as requests, by the way out that the environment names. */
  readonly fetch: Fetch;
  /** By an account's own way out, where it has one. */
  fetchFor(account: Pick<Account, 'egressProxy'>): Fetch;
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
  /** What was decided about a request, or about the latest one. @throws RotaError where it is not remembered */
  why(request: string | undefined): Promise<WhyAnswer | undefined>;
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
    /** Where the provider named that time; absent where it is our own estimate. */
    readonly waitFrom?: string;
  }[];
  /** Its quota windows, as its answers told them. */
  readonly windows?: readonly {
    readonly name: string;
    readonly model?: string;
    /** A share, from 0; 1 and above: nothing is left. */
    readonly used: number;
    /** ISO 8601. */
    readonly resetsAt: string;
  }[];
  /** Since the daemon's start; tokens as far as the provider's answers told. */
  readonly requests: number;
  readonly failures: number;
  readonly inputTokens: number;
  /** Of the input: read from a cache. */
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
}

/** What `GET /-/why` answers: what was decided about one request. */
export interface WhyAnswer {
  readonly request: string;
  /** ISO 8601. */
  readonly at: string;
  readonly model?: string;
  readonly owner?: string;
  readonly steps: readonly WhyStep[];
  readonly status?: number;
  readonly answeredBy?: string;
  readonly answeredWith?: string;
  readonly estimated?: boolean;
  readonly failure?: string;
  readonly hungUp?: boolean;
  readonly hasStalled?: boolean;
  readonly ms?: number;
}

export interface WhyStep {
  readonly afterMs: number;
  readonly kind: string;
  readonly account?: string;
  readonly because?: string;
  readonly model?: string;
  readonly considered?: readonly WhyAccount[];
  readonly from?: string;
  readonly to?: string;
  readonly dropped?: readonly string[];
  readonly status?: number;
  readonly reason?: string;
  readonly detail?: string;
  readonly rests?: string;
  readonly until?: string;
  readonly waitFrom?: string;
}

export interface WhyAccount {
  readonly account: string;
  readonly state: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly used?: number;
  readonly until?: string;
  readonly waitFrom?: string;
}
