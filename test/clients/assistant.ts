import type { ToolCall } from '../simulator/behaviour.ts';

/** Where an assistant is pointed at, and where it may write. */
export interface Surroundings {
  /** Of the daemon, without a path. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** A model for what an assistant asks besides: titles, summaries. */
  readonly smallModel: string;
  /** A home folder that nobody has used before. */
  readonly home: string;
  readonly work: string;
}

/** A real assistant as a person would set it up, told to do one thing without a terminal. */
export interface Assistant {
  readonly name: string;
  readonly package: string;
  /** Of the program that the package installs. */
  readonly program: string;
  /** The protocol that it speaks to the daemon. */
  readonly protocol: string;
  readonly model: string;
  /** Files of its settings by their path below the home folder. */
  files(around: Surroundings): Readonly<Record<string, string>>;
  /** Besides what every program gets; telemetry and updates are off. */
  environment(around: Surroundings): Readonly<Record<string, string>>;
  arguments(around: Surroundings, prompt: string): readonly string[];
  /** The call of one of its own tools that writes a file. */
  write(path: string, content: string): ToolCall;
}

/** What no program may miss to be quiet and not to ask anything. */
export function plainEnvironment(home: string, proxy: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_DATA_HOME: `${home}/.local/share`,
    XDG_STATE_HOME: `${home}/.local/state`,
    XDG_CACHE_HOME: `${home}/.cache`,
    TMPDIR: `${home}/tmp`,
    CI: '1',
    NO_COLOR: '1',
    TERM: 'dumb',
    DO_NOT_TRACK: '1',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
}
