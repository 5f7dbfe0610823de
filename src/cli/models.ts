import type { Command } from 'commander';
import { RotaError } from '../failure.ts';
import type { Perform } from './command.ts';
import type { CliContext, RunningDaemon } from './context.ts';
import type { ModelView } from './models-of-accounts.ts';
import { fetchAccountModels } from './models-of-accounts.ts';
import { plain } from './plain-text.ts';
import { tableLines } from './table.ts';

const JSON_HELP = `
--json prints {"source": "proxy" or "accounts", "models": [{id, ownedBy, contextTokens, inputs, accounts}]}; accounts are
labels, and given only where no proxy runs and the accounts were asked one by one. What the provider does not say is left out.`;

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
  const last =
    running === undefined
      ? column('ACCOUNTS', ({ accounts = [] }) => accounts.join(', '))
      : column('OWNED BY', ({ ownedBy = '' }) => ownedBy);
  const shown = [column('MODEL', ({ id }) => id), ...toldOf(found), last];
  const titles = shown.map(({ title }) => title);
  const rows = found.map((model) => shown.map(({ cell }) => cell(model)));
  for (const line of tableLines(titles, rows, terminal.columns)) terminal.out(line);
}

interface Column {
  readonly title: string;
  cell(model: ModelView): string;
}

function column(title: string, cell: Column['cell']): Column {
  return { title, cell };
}

/** What some providers say of their models; a column where nobody does would only take room. */
function toldOf(found: readonly ModelView[]): readonly Column[] {
  const columns = [
    column('CONTEXT', ({ contextTokens }) => contextTokens?.toLocaleString('en-US') ?? ''),
    column('TAKES', ({ inputs = [] }) => inputs.join(', ')),
  ];
  return columns.filter(({ cell }) => found.some((model) => cell(model) !== ''));
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
  const contextTokens = memberOf(entry, 'context_length');
  const inputs = memberOf(memberOf(entry, 'architecture'), 'input_modalities');
  if (typeof id !== 'string') return [];
  return [
    {
      id,
      ...(typeof ownedBy === 'string' && { ownedBy }),
      ...(typeof contextTokens === 'number' && { contextTokens }),
      ...(Array.isArray(inputs) && { inputs: inputs.filter((input) => typeof input === 'string') }),
    },
  ];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function unusable({ url }: RunningDaemon, what: string, cause?: unknown): RotaError {
  const message = `The proxy at ${url} ${what.replace(/\.$/, '')}. See \`proxy status\`.`;
  return new RotaError({ kind: 'no-daemon', message }, { cause });
}
