import type { SignInProof } from '../accounts/sign-in-proof.ts';
import { readServiceAccountFile } from '../oauth/service-account-file.ts';
import type { ServiceAccountReading } from '../oauth/service-account-file.ts';
import { mintToken } from '../oauth/service-account.ts';
import type { ServiceAccountKey, ServiceAccountLogin } from '../oauth/types.ts';
import { catalogueOf } from '../providers/catalogue.ts';
import { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';
import type { EndpointOptions } from './login-endpoint.ts';
import type { ChosenProvider } from './login-provider.ts';
import { readSmallFile } from './small-file.ts';
import { usage } from './usage.ts';

const FLAG = '--service-account-file';

export interface ServiceAccountOptions {
  /** What the provider's console downloads. */
  readonly serviceAccountFile?: string;
}

export type ServiceAccountFile = Extract<ServiceAccountReading, { kind: 'key' }>;

/**
 * The key that the words name; a person who asked for this way is asked for its file. `undefined` where it is another way.
 * @throws RotaError of kind `usage` where the file is none.
 */
export async function serviceAccountOf(
  context: CliContext,
  name: string,
  { serviceAccountFile, way }: ServiceAccountOptions & { readonly way?: string },
): Promise<ServiceAccountFile | undefined> {
  if (serviceAccountFile !== undefined) return serviceAccountIn(serviceAccountFile);
  if (way !== 'service-account' || !context.terminal.interactive) return undefined;
  if (!(await hasWay(context, name))) return undefined;
  // Nobody is to answer questions, only to learn that nothing can be kept.
  await context.vault();
  return serviceAccountIn(await context.terminal.ask("File with the service account's key (JSON):"));
}

async function serviceAccountIn(path: string): Promise<ServiceAccountFile> {
  const text = new Secret(await readSmallFile(path, FLAG));
  const reading = readServiceAccountFile(text);
  if (reading.kind === 'key') return reading;
  throw usage(`${FLAG}: ${path} ${reading.problem}`);
}

/** Where it has not, that is told in place of a question. */
async function hasWay(context: CliContext, name: string): Promise<boolean> {
  const entry = catalogueOf(await context.registry()).find(({ provider }) => provider.id === name);
  return entry?.provider.login.some(({ kind }) => kind === 'service-account') === true;
}

/** Asks for a first token. @throws RotaError of kind `refresh` or `cancelled`. */
export async function serviceAccountProof(
  { terminal, fetch, clock, signal }: CliContext,
  login: ServiceAccountLogin,
  key: ServiceAccountKey,
): Promise<SignInProof> {
  const spinner = terminal.spin(`Asking ${new URL(key.tokenEndpoint).host} for a token …`);
  try {
    const { accessToken } = await mintToken(login, key, { fetch, clock, signal });
    return { kind: 'service-account', key, minted: accessToken };
  } finally {
    spinner.stop();
  }
}

/** An endpoint that is there already keeps its project: whoever brings a key of another one should know. */
export function tellOtherProject(
  { terminal }: CliContext,
  { projectId }: ServiceAccountFile,
  { endpoint }: ChosenProvider,
  { project: asked }: EndpointOptions,
): void {
  const project = endpoint?.values?.['project'];
  if (asked !== undefined || project === undefined || projectId === undefined || project === projectId)
    return;
  terminal.note(
    `"${endpoint?.id}" is of the project "${project}", and the key of "${projectId}". For that one, say --project ${projectId} --name NAME.`,
  );
}
