import { RotaError } from '../failure.ts';
import type {
  ApiKeyLogin,
  AuthorizationCodeLogin,
  CommandLogin,
  DeviceCodeLogin,
  LoginMethod,
  ServiceAccountLogin,
  SignInAnswer,
} from '../oauth/types.ts';
import { Secret } from '../secret.ts';
import { checkAddress, checkBaseUrl } from './address.ts';
import {
  anthropicBearer,
  anthropicKey,
  anthropicVersion,
  bearer,
  googleKey,
  inHeader,
} from './authorization.ts';
import { classifyByStatus } from './classify.ts';
import { ownEndpointTerms, withoutTrailingSlash } from './compatible.ts';
import { textOf } from './json-fields.ts';
import { parseAnthropicModels, parseGeminiModels, parseOpenAiModels } from './models.ts';
import type { Identity, ModelList, Provider, Terms } from './provider.ts';
import { bucketWindows } from './quota-windows.ts';
import { reservedClient } from './reserved-client.ts';
import { refuseReserved } from './reserved-key.ts';

const LOGIN_ADDRESSES = [
  'issuer',
  'authorizationEndpoint',
  'deviceAuthorizationEndpoint',
  'tokenEndpoint',
  'revocationEndpoint',
  'userinfoEndpoint',
] as const;

/** A way to sign in as it is written in the settings, where a client secret is plain text. */
export type SettingsLogin =
  | PlainSecret<AuthorizationCodeLogin>
  | PlainSecret<DeviceCodeLogin>
  | CommandLogin
  | ServiceAccountLogin
  | ApiKeyLogin;

type PlainSecret<Login> = Omit<Login, 'clientSecret'> & { readonly clientSecret?: string | Secret };

/** A provider as it is written in the settings under `providers`. */
export interface ProviderEntry {
  readonly label?: string;
  /** Base URLs by protocol name, as the vendor's SDK takes them: with `/v1` for OpenAI's, without for Anthropic's and Gemini's. */
  readonly protocols: Readonly<Record<string, string>>;
  /** One way or several; an API key where it is left out. */
  readonly login?: SettingsLogin | readonly SettingsLogin[];
  /** Stands in where the provider has no model list of its own. */
  readonly models?: readonly string[];
  /** Where its list of models is, behind the address of its first protocol. */
  readonly modelsPath?: string;
  /** The header that carries the credential, in place of the usual ones. */
  readonly authHeader?: string;
  /** The claim that says who an account is, where that is not `sub`. */
  readonly accountClaim?: string;
  readonly terms?: Omit<Terms, 'note'> & { readonly note?: string };
  readonly allowHttp?: boolean;
}

/**
 * A provider that the user described in the settings.
 * @throws RotaError `settings` where an address is not one to send a credential to.
 */
export function settingsProvider(id: string, entry: ProviderEntry): Provider {
  const login = loginsOf(entry);
  checkAddresses(id, entry, login);
  const label = entry.label ?? id;
  const protocols = Object.fromEntries(
    Object.entries(entry.protocols).map(([protocol, base]) => [protocol, withoutTrailingSlash(base)]),
  );
  const fixedModels = entry.models?.length ? entry.models : undefined;
  const modelList = fixedModels === undefined ? modelListOf(label, protocols, entry.modelsPath) : undefined;
  return {
    id,
    label,
    protocols,
    login,
    authorize: (protocol, secret) =>
      entry.authHeader === undefined
        ? authorize(login, protocol, secret)
        : authorizeIn(entry.authHeader.toLowerCase(), protocol, secret),
    refuseKey: (secret) => refuseReserved(secret),
    ...(fixedModels === undefined ? {} : { fixedModels }),
    ...(modelList === undefined ? {} : { modelList }),
    identify: (answer) => identifyBy(entry.accountClaim, answer),
    classify: classifyByStatus,
    quota: bucketWindows,
    terms: termsOf(entry),
    allowHttp: entry.allowHttp ?? false,
  };
}

/**
 * Who the tokens belong to, by the claims of OpenID Connect: `sub` is unique only at its issuer (Core §5.7), so both name the account.
 */
export function identifyByClaims(answer: SignInAnswer): Identity {
  if (answer.kind !== 'tokens') return {};
  const { iss, sub, email, preferred_username: userName, name } = answer.claims;
  const subject = textOf(sub);
  const label = textOf(email) ?? textOf(userName) ?? textOf(name) ?? subject;
  return {
    ...(textOf(iss) === undefined || subject === undefined ? {} : { id: `${textOf(iss)}#${subject}` }),
    ...(label === undefined ? {} : { label }),
  };
}

/** The claim is as unique as `sub` is: at its issuer, or at this provider where nothing names one. */
function identifyBy(claim: string | undefined, answer: SignInAnswer): Identity {
  const said = claim === undefined || answer.kind !== 'tokens' ? undefined : textOf(answer.claims[claim]);
  if (said === undefined || answer.kind !== 'tokens') return identifyByClaims(answer);
  const issuer = textOf(answer.claims['iss']);
  return { id: issuer === undefined ? said : `${issuer}#${said}`, label: said };
}

function termsOf({ terms }: ProviderEntry): Terms {
  return terms === undefined
    ? ownEndpointTerms
    : { note: 'This is what the settings say of its terms.', ...terms };
}

function loginsOf(entry: ProviderEntry): readonly LoginMethod[] {
  const written: readonly SettingsLogin[] = [entry.login ?? { kind: 'api-key' as const }].flat();
  return written.map((login) => {
    if (login.kind !== 'authorization-code' && login.kind !== 'device-code') return login;
    const { clientSecret, ...rest } = login;
    if (clientSecret === undefined) return rest;
    return {
      ...rest,
      clientSecret: typeof clientSecret === 'string' ? new Secret(clientSecret) : clientSecret,
    };
  });
}

/**
 * A token goes as a bearer everywhere. A key goes where the protocol's vendor has it; where both ways of signing in are
 * offered, Anthropic's and Google's protocols carry it in both places, since nothing tells a token from a key.
 */
function authorize(login: readonly LoginMethod[], protocol: string, secret: Secret): Record<string, string> {
  const tokens = login.some(({ kind }) => kind !== 'api-key');
  const keys = login.some(({ kind }) => kind === 'api-key');
  if (protocol === 'anthropic-messages') {
    return { ...(tokens ? anthropicBearer(secret) : {}), ...(keys ? anthropicKey(secret) : {}) };
  }
  if (protocol === 'gemini') return { ...(tokens ? bearer(secret) : {}), ...(keys ? googleKey(secret) : {}) };
  return bearer(secret);
}

/** In one header alone. */
function authorizeIn(header: string, protocol: string, secret: Secret): Record<string, string> {
  if (secret.isEmpty) return {};
  return { ...(protocol === 'anthropic-messages' && anthropicVersion), ...inHeader(header, secret) };
}

/** The first of the protocols whose list can be asked for. */
function modelListOf(
  label: string,
  protocols: Readonly<Record<string, string>>,
  ownPath: string | undefined,
): ModelList | undefined {
  const openAi = protocols['openai-chat'] === undefined ? 'openai-responses' : 'openai-chat';
  const ways = [
    { protocol: openAi, path: '/models', parse: parseOpenAiModels },
    { protocol: 'anthropic-messages', path: '/v1/models?limit=1000', parse: parseAnthropicModels },
    { protocol: 'gemini', path: '/v1beta/models?pageSize=1000', parse: parseGeminiModels },
  ];
  const way = ways.find(({ protocol }) => protocols[protocol] !== undefined);
  if (way === undefined) return undefined;
  const { protocol, path, parse } = way;
  return {
    url: `${protocols[protocol]}${ownPath ?? path}`,
    protocol,
    optional: true,
    parse: (body) => parse(label, body),
  };
}

function checkAddresses(id: string, entry: ProviderEntry, login: readonly LoginMethod[]): void {
  const options = { allowHttp: entry.allowHttp ?? false };
  for (const [protocol, base] of Object.entries(entry.protocols)) {
    refuse(`providers.${id}.protocols.${protocol}`, checkBaseUrl(base, options));
  }
  for (const method of login) {
    if (method.kind === 'api-key') continue;
    refuseClient(`providers.${id}.login.clientId`, method);
    const addresses: Readonly<Partial<Record<string, unknown>>> = { ...method };
    for (const name of LOGIN_ADDRESSES) {
      const address = addresses[name];
      if (typeof address === 'string')
        refuse(`providers.${id}.login.${name}`, checkAddress(address, options));
    }
  }
}

function refuseClient(key: string, method: LoginMethod): void {
  const clientId = 'clientId' in method ? method.clientId : undefined;
  const wrong = clientId === undefined ? undefined : reservedClient(clientId);
  refuse(key, wrong);
}

function refuse(key: string, wrong: string | undefined): void {
  if (wrong === undefined) return;
  throw new RotaError({ kind: 'settings', key, message: `The setting "${key}" cannot be used. ${wrong}` });
}
