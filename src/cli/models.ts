import type { Command } from 'commander';
import { RotaError } from '../failure.ts';
import type { Perform } from './command.ts';
import type { CliContext, RunningDaemon } from './context.ts';
import type { ModelView } from './models-of-accounts.ts';
import { fetchAccountModels } from './models-of-accounts.ts';
import { plain } from './plain-text.ts';
import { tableLines } from './table.ts';

const JSON_HELP = `
--json prints {"source": "proxy" or "accounts", "models": [{id, ownedBy, accounts}]}; accounts are labels, and given
only where no proxy runs and the accounts were asked one by one.`;

const LIMIT_MS = 10_000;

export function declareModels(command: Command, perform: Perform): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', JSON_HELP)
    .action((options: { json?: boolean }) => perform((context) => models(context, options)));
}

/** Lists the models: what the running proxy serves, or, where none runs, what the accounts say for themselves. */
export async function models(context: CliContext, options: { readonly json?: boolean }): Promise<void> {
  const { terminal, daemon } = context;
  const running = await daemon.find();
  const found =
    running === undefined ? await fetchAccountModels(context) : await servedModels(context, running);
  if (options.json === true) {
    const source = running === undefined ? 'accounts' : 'proxy';
    return terminal.out(JSON.stringify({ source, models: found }, undefined, 2));
  }
  if (found.length === 0) {
    terminal.note('There are no models. `proxy status` shows how the accounts are doing.');
    return;
  }
  const [titles, cells] =
    running === undefined
      ? [['MODEL', 'ACCOUNTS'], ({ id, accounts = [] }: ModelView) => [id, accounts.join(', ')]]
      : [['MODEL', 'OWNED BY'], ({ id, ownedBy = '' }: ModelView) => [id, ownedBy]];
  for (const line of tableLines(titles, found.map(cells), terminal.columns)) terminal.out(line);
}

async function servedModels(context: CliContext, running: RunningDaemon): Promise<readonly ModelView[]> {
  const key = await (await context.vault()).localKey();
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
  const headers = { authorization: `Bearer ${key.reveal()}`, 'user-agent': context.userAgent };
  const answer = await context
    .fetch(`${running.url}/v1/models`, { method: 'GET', headers, signal })
    .catch((cause: unknown) => {
      context.signal.throwIfAborted();
      throw unusable(running, 'did not answer', cause);
    });
  const body: unknown = await answer.json().catch(() => undefined);
  const data = memberOf(body, 'data');
  if (answer.ok && Array.isArray(data)) return data.flatMap(modelView);
  const words = memberOf(memberOf(body, 'error'), 'message');
  throw unusable(running, `answered ${answer.status}${typeof words === 'string' ? `: ${plain(words)}` : ''}`);
}

function modelView(entry: unknown): readonly ModelView[] {
  const id = memberOf(entry, 'id');
  const ownedBy = memberOf(entry, 'owned_by');
  if (typeof id !== 'string') return [];
  return [{ id, ...(typeof ownedBy === 'string' && { ownedBy }) }];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function unusable({ url }: RunningDaemon, what: string, cause?: unknown): RotaError {
  const message = `The proxy at ${url} ${what.replace(/\.$/, '')}. See \`proxy status\`.`;
  return new RotaError({ kind: 'no-daemon', message }, { cause });
}
