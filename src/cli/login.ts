import type { Command } from 'commander';
import { planSignIn } from '../accounts/sign-in-plan.ts';
import type { SignedIn } from '../accounts/sign-in.ts';
import { checkedLabel } from '../accounts/account-label.ts';
import type { Provider } from '../providers/provider.ts';
import { builtInProviders, endpointKinds } from '../providers/registry.ts';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';
import type { ChosenClient, ClientOptions } from './login-client.ts';
import { chooseClient } from './login-client.ts';
import { keepSignIn } from './login-keep.ts';
import type { ProofOptions } from './login-proof.ts';
import { obtainProof } from './login-proof.ts';
import type { ProviderOptions } from './login-provider.ts';
import { chooseProvider } from './login-provider.ts';
import type { ServiceAccountOptions } from './login-service-account.ts';
import { serviceAccountOf, tellOtherProject } from './login-service-account.ts';
import type { LoginWay, WayOptions } from './login-way.ts';
import type { WayOutOptions } from './login-way-out.ts';
import { wayOutOf } from './login-way-out.ts';
import { chooseLoginWay } from './login-way.ts';
import { usage, wholeNumberOf } from './usage.ts';

export interface LoginOptions
  extends ProviderOptions, ProofOptions, WayOptions, ClientOptions, ServiceAccountOptions, WayOutOptions {
  readonly switchOn429?: boolean;
}

/** Ids in lines that fit a narrow terminal. */
function idLines(ids: readonly string[]): string {
  const lines: string[] = [];
  for (const id of ids) {
    const last = lines.at(-1);
    const longer = `${last}, ${id}`;
    if (last === undefined || longer.length > 96) lines.push(`  ${id}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.join(',\n');
}

const EXAMPLES = `
Providers:
${idLines([...builtInProviders, ...endpointKinds].map(({ id }) => id))}
  those of the settings, by their names
  compatible: any other server that speaks a known protocol, with --name and --base-url

Examples:
  $ proxy login                             asks which, and how
  $ proxy login openrouter --label home
  $ proxy login openai --api-key-stdin < key.txt
  $ proxy login huggingface --device --client-id 0a1b2c3d
  $ proxy login openai --command 'op read op://private/openai/key'
  $ proxy login azure --resource my-resource --way command
  $ proxy login vertex --service-account-file key.json
  $ proxy login compatible --name local --base-url http://127.0.0.1:11434/v1 --no-key
  $ proxy login local                       a further key for the endpoint of that name`;

export function declareLogin(command: Command, perform: Perform): void {
  command
    .option('--label <name>', 'what to call the account; signing in again under its label renews it')
    .option('--name <provider>', 'what to call a compatible endpoint, or a further one of a kind')
    .option('--base-url <url>', "address of a compatible endpoint, as the vendor's SDK takes it")
    .option('--family <vendor>', 'whose protocol it speaks: openai, anthropic or gemini')
    .option('--resource <name>', 'the resource, where the provider has such')
    .option('--tenant <name>', 'the tenant to sign in to, where the provider has such')
    .option('--region <name>', 'the region, where the provider has such')
    .option('--project <id>', 'the project, where the provider has such')
    .option('--location <name>', 'the location, where the provider has such')
    .option('--allow-http', 'accept a plain http address on your own network')
    .option('--api-key', 'use an API key where the provider has a sign-in, too; it is asked for')
    .option('--api-key-stdin', 'read the API key from stdin')
    .option('--no-key', 'the endpoint asks for no key')
    .option('--device', 'sign in by a code that is entered in a browser on any machine')
    .option('--command <line>', 'use the token that this command prints, run without a shell')
    .option(
      '--service-account-file <path>',
      'the key of a service account, as its console downloads it (JSON)',
    )
    .option(
      '--way <kind>',
      'one of the ways of the provider: authorization-code, device-code, command, service-account, api-key',
    )
    .option('--client-id <id>', 'the id of your own application, where the provider wants one')
    .option('--client-file <path>', "the same, as the provider's console downloads it (JSON)")
    .option('--no-browser', 'open no browser: print the address, and take the redirected one pasted')
    .option(
      '--timeout <seconds>',
      'how long to wait for a person in the browser',
      (value) => wholeNumberOf(value, '--timeout', 1, 3600),
      300,
    )
    .option(
      '--egress-proxy <url>',
      'the way out of the account and of this sign-in: http://…, https://… or socks5://…; "none" for straight, "default" for what HTTPS_PROXY says',
    )
    .option('--switch-on-429', 'another account of this provider may answer when this one gets a 429')
    .option('--no-switch-on-429', 'a 429 of this account goes to the client')
    .addHelpText('after', EXAMPLES)
    .action((provider: string | undefined, options: LoginOptions) =>
      perform(async (context) => {
        if (provider !== undefined) return login(context, provider, options);
        const { loginAsked } = await import('./login-asked.ts');
        await loginAsked(context, options);
      }),
    );
}

/**
 * Signs in: the words, the settings and the provider are checked first, then the credential store is opened, and only
 * then anybody is asked for anything. Whatever fails or is cancelled before the end leaves nothing behind.
 */
export async function login(usual: CliContext, name: string, options: LoginOptions): Promise<void> {
  const serviceAccount = await serviceAccountOf(usual, name, options);
  const { projectId } = serviceAccount ?? {};
  const usualValues = projectId === undefined ? {} : { usual: { project: projectId } };
  const chosen = await chooseProvider(usual, name, { ...options, ...usualValues });
  const { provider, endpoint } = chosen;
  const { context, settings } = await wayOutOf(usual, provider, options);
  const way = chooseLoginWay(context.terminal, provider, options, serviceAccount?.key);
  if (serviceAccount !== undefined) tellOtherProject(context, serviceAccount, chosen, options);
  const client = await clientFor(context, provider, way, options);
  await checkLabel(context, provider, options.label);
  const vault = await context.vault();
  const proof = await obtainProof(context, provider, way, client, options);
  const { label, switchOn429 } = options;
  const signedIn = await keepSignIn(
    context,
    vault,
    { provider, proof, ...(label !== undefined && { label }) },
    { endpoint, switchOn429, settings },
  );
  await context.daemon.reload();
  await tellNext(context, signedIn);
}

/** Only tokens are handed out to an application. */
async function clientFor(
  context: CliContext,
  provider: Provider,
  way: LoginWay,
  options: ClientOptions,
): Promise<ChosenClient> {
  if (way.kind === 'browser' || way.kind === 'device') {
    return chooseClient(context, provider, way.login, options);
  }
  if (options.clientId === undefined && options.clientFile === undefined) return { kind: 'named' };
  throw usage('--client-id and --client-file are for a sign-in in the browser or by device code.');
}

/** A label that cannot be had is refused before anybody goes through a browser. */
async function checkLabel(
  { records }: CliContext,
  provider: Provider,
  label: string | undefined,
): Promise<void> {
  if (label === undefined) return;
  const { accounts } = await records.read();
  planSignIn(accounts, { provider: provider.id, label: checkedLabel(label) });
}

async function tellNext({ terminal, daemon }: CliContext, { account }: SignedIn): Promise<void> {
  const running = await daemon.find();
  terminal.note(
    running === undefined
      ? 'Next: `proxy serve` runs the proxy; `proxy key` prints the key for your assistant.'
      : `The proxy at ${running.url} uses it from now on; \`proxy key\` prints the key for your assistant.`,
  );
  if (!account.enabled) {
    terminal.note(`It is disabled: \`proxy accounts enable\` lets it serve.`);
  }
}
