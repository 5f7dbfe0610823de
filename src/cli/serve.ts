import type { Command } from 'commander';
import type { Perform } from './command.ts';
import type { CliContext, ServeOptions } from './context.ts';
import { usage, wholeNumberOf } from './usage.ts';

export function declareServe(command: Command, perform: Perform): void {
  command
    .option('--host <host>', 'address to listen on, instead of listen.host of the settings')
    .option('--port <number>', 'port to listen on; 0 picks a free one', (value) =>
      wholeNumberOf(value, '--port', 0, 65_535),
    )
    .action((options: ServeOptions) => perform((context) => serve(context, options)));
}

/** Runs the proxy until it is told to end. */
export async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  if (options.host?.trim() === '') throw usage('--host takes an address, such as 127.0.0.1.');
  await context.serve(options);
}
