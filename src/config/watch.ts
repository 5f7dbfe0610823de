import { readFile, stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { RotaError } from '../failure.ts';
import type { Failure } from '../failure.ts';
import { loadSettings } from './load.ts';
import type { RotaPaths } from './paths.ts';
import type { Settings } from './settings.ts';
import type { KnownNames } from './validate.ts';

export interface SettingsWatch {
  /** The settings in force when the watch begins: an edit made since they were loaded is found too. */
  readonly current: Settings;
  /** Takes new settings into force. A `RotaError` that it throws refuses them, as a mistake in the file does. */
  readonly onChange: (settings: Settings) => void | Promise<void>;
  /** Told once for each bad content of the file; the old settings stay in force. */
  readonly onProblem: (failure: Failure) => void;
  /** Calls `look` again and again until the function that it returns is called. */
  readonly every?: (look: () => Promise<void>) => () => void;
}

/** A change counts when it has stood for one more look, so that a file is not read half written. */
const LOOK_EVERY_MS = 500;

/**
 * Follows the settings file by polling: it may appear, vanish and be replaced by renaming, on any file system.
 * A file that vanishes means the defaults. Returns the function that ends the watch.
 */
export function watchSettings(
  paths: Pick<RotaPaths, 'settings'>,
  names: KnownNames,
  watch: SettingsWatch,
): () => void {
  let { current } = watch;
  let stopped = false;
  let looking = false;
  let seen: string | undefined;
  let read: { readonly stamp: string; readonly text: string | undefined } | undefined;

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const stamp = await stampOf(paths.settings);
      const settled = stamp === seen;
      seen = stamp;
      if (!settled || stamp === read?.stamp) return;
      const text = await textOf(paths.settings);
      const known = read !== undefined && read.text === text;
      read = { stamp, text };
      if (!known) await takeUp();
    } finally {
      looking = false;
    }
  }

  async function takeUp(): Promise<void> {
    try {
      const settings = await loadSettings(paths, names);
      if (stopped || isDeepStrictEqual(settings, current)) return;
      await watch.onChange(settings);
      current = settings;
    } catch (error) {
      if (!(error instanceof RotaError)) throw error;
      if (!stopped) watch.onProblem(error.failure);
    }
  }

  const end = (watch.every ?? everyHalfSecond)(async () => {
    if (!stopped) await look();
  });
  return () => {
    stopped = true;
    end();
  };
}

function everyHalfSecond(look: () => Promise<void>): () => void {
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Changes whenever the file does; a file that cannot be looked at is told apart by the reason. */
async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}

/** Only to know one content from another; reading it in earnest, with its errors, is `loadSettings`'s part. */
async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
