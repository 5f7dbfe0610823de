import { RotaError } from '../failure.ts';
import type { Failure } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import { scrub } from '../log/scrub.ts';
import { plain } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** 0: done. 1: it failed. 2: the words were off. 3: it needs a sign-in. */
export type ExitCode = 0 | 1 | 2 | 3;

/**
 * Tells on one line of stderr what went wrong, without a stack and without a secret. A bug says how to see more.
 * @param log of the context, where one was made.
 */
export function reportError(error: unknown, terminal: Terminal, log: Logger | undefined): ExitCode {
  if (log?.enabled('debug')) log.debug('the command failed', { error });
  if (error instanceof RotaError) {
    terminal.note(`proxy: ${plain(error.failure.message)}`);
    return exitCodeOf(error.failure);
  }
  const words = error instanceof Error ? error.message : String(error);
  terminal.note(
    `proxy: An unexpected error came up (${scrub(plain(words))}). Set ROTA_LOG=debug to see where, and report it.`,
  );
  return 1;
}

function exitCodeOf({ kind }: Failure): ExitCode {
  if (kind === 'usage') return 2;
  return kind === 'needs-login' ? 3 : 1;
}
