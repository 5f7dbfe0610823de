import type { Command } from 'commander';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';

interface KeyOptions {
  readonly new?: boolean;
}

export function declareKey(command: Command, perform: Perform): void {
  command
    .option('--new', 'make another key; the present one is refused from then on')
    .action((options: KeyOptions) => perform((context) => key(context, options)));
}

/** Prints the local key and nothing else on stdout, so that `$(proxy key)` is the key. */
export async function key(context: CliContext, options: KeyOptions): Promise<void> {
  const vault = await context.vault();
  if (options.new !== true) return context.terminal.out((await vault.localKey()).reveal());
  const made = await vault.newLocalKey();
  await context.daemon.reload();
  context.terminal.out(made.reveal());
  context.terminal.note('Every client needs this key from now on.');
}
