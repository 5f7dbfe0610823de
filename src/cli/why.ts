import type { Command } from 'commander';
import { RotaError } from '../failure.ts';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';
import { whyLines } from './why-words.ts';

const HELP = `
Without a request's id (\`x-request-id\` of its answer, \`request\` in the log) it tells of the latest one; one that only
counts tokens has to be named. The running proxy remembers the last 500. --json prints the record: request, at,
model, steps [{afterMs, kind, account, considered, …}].`;

export function declareWhy(command: Command, perform: Perform): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action((request: string | undefined, options: { json?: boolean }) =>
      perform((context) => why(context, request, options)),
    );
}

/**
 * Tells why a request was answered, or not, as it was.
 * @throws RotaError of kind `no-daemon` where no proxy runs, or where it does not know the request.
 */
async function why(
  { daemon, terminal, clock }: CliContext,
  request: string | undefined,
  options: { readonly json?: boolean },
): Promise<void> {
  const explanation = await daemon.why(request);
  if (explanation === undefined) {
    const message = 'No proxy is running, and what it decided ends with it. Start it with `proxy serve`.';
    throw new RotaError({ kind: 'no-daemon', message });
  }
  if (options.json === true) return terminal.out(JSON.stringify(explanation, undefined, 2));
  for (const line of whyLines(explanation, clock.now())) terminal.out(line);
}
