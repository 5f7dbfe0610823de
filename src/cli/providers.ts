import type { Command } from 'commander';
import type { LoginMethod } from '../oauth/types.ts';
import { catalogueOf, type CatalogueEntry } from '../providers/catalogue.ts';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';
import { tableLines } from './table.ts';

const JSON_HELP = `
--json prints {"providers": [{id, label, origin, accounts, login [{kind, page, variable, optional, argv, needsClient}],
protocols {name: base URL}, values [{name, example, usual}], terms {kind, note, link, checked}}]}. origin is built-in, kind
(its address depends on the values) or endpoint (named at sign-in or in the settings). terms.kind says whether several
accounts may stand in for each other on a 429: unrestricted, restricted, unknown.`;

/** Of `--json`, and what the page of providers is made of. */
interface ProviderView {
  readonly id: string;
  readonly label: string;
  readonly origin: CatalogueEntry['origin'];
  /** How many accounts there are. */
  readonly accounts: number;
  readonly login: readonly LoginView[];
  readonly protocols: Readonly<Record<string, string>>;
  readonly values: readonly { readonly name: string; readonly example: string; readonly usual?: string }[];
  readonly terms: CatalogueEntry['provider']['terms'];
}

interface LoginView {
  readonly kind: LoginMethod['kind'];
  readonly page?: string;
  readonly variable?: string;
  readonly optional?: boolean;
  readonly argv?: readonly string[];
  /** The person brings an application of their own. */
  readonly needsClient?: boolean;
}

export function declareProviders(command: Command, perform: Perform): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', JSON_HELP)
    .action((options: { json?: boolean }) => perform((context) => listProviders(context, options)));
}

/** Lists the providers: how they are signed in to, what they speak, and what their terms say of several accounts. */
export async function listProviders(
  context: CliContext,
  options: { readonly json?: boolean },
): Promise<void> {
  const { terminal, records } = context;
  const { accounts } = await records.read();
  const views = catalogueOf(await context.registry()).map((entry) =>
    viewOf(entry, accounts.filter(({ provider }) => provider === entry.provider.id).length),
  );
  if (options.json === true) return terminal.out(JSON.stringify({ providers: views }, undefined, 2));
  const rows = views.map((view) => [
    view.id,
    waysOf(view),
    Object.keys(view.protocols).join(', '),
    view.terms.kind,
    view.terms.checked,
    view.terms.link ?? '',
  ]);
  const titles = ['ID', 'SIGN IN BY', 'PROTOCOLS', 'SEVERAL ACCOUNTS', 'CHECKED', 'TERMS'];
  for (const line of tableLines(titles, rows, terminal.columns)) terminal.out(line);
}

function viewOf({ provider, origin, values }: CatalogueEntry, accounts: number): ProviderView {
  const { id, label, login, protocols, terms } = provider;
  return {
    id,
    label,
    origin,
    accounts,
    login: login.map(loginView),
    protocols,
    values: values.map(({ name, example, usual }) => ({
      name,
      example,
      ...(usual !== undefined && { usual }),
    })),
    terms,
  };
}

function loginView(method: LoginMethod): LoginView {
  switch (method.kind) {
    case 'api-key': {
      const { kind, page, variable, optional } = method;
      return {
        kind,
        ...(page !== undefined && { page }),
        ...(variable !== undefined && { variable }),
        ...(optional !== undefined && { optional }),
      };
    }
    case 'command':
      return { kind: method.kind, argv: method.argv };
    case 'service-account':
      return { kind: method.kind };
    case 'authorization-code':
    case 'device-code': {
      const needsNone = method.kind === 'authorization-code' && method.keyExchange !== undefined;
      return { kind: method.kind, ...(method.clientId === undefined && !needsNone && { needsClient: true }) };
    }
  }
}

function waysOf({ login }: ProviderView): string {
  return login.map(({ kind, optional }) => (optional === true ? `${kind} (or none)` : kind)).join(', ');
}
