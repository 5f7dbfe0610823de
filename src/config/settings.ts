/** Everything a person can set, complete: what the file leaves out has its default. */
export interface Settings {
  readonly listen: ListenSettings;
  /** How many further attempts a request may take after its first, 0 to 10. */
  readonly requestRetry: number;
  readonly quotaExceeded: { readonly switchAccount: boolean };
  readonly routing: RoutingSettings;
  readonly models: ModelSettings;
  readonly limits: LimitSettings;
  /** The ids of applications that the user has registered with providers, by provider. */
  readonly clients: Readonly<Record<string, string>>;
  /** The user's own providers, by id. */
  readonly providers: Readonly<Record<string, ProviderSettings>>;
}

export interface ListenSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Host names, lower case and without a port, that are accepted in `Host` besides the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Origins (`https://app.example.com`) whose pages may call. */
  readonly allowedOrigins: readonly string[];
}

export interface RoutingSettings {
  readonly strategy: 'round-robin' | 'fill-first' | 'least-used' | 'random';
  /** Whether a conversation stays on the account that holds its cache. */
  readonly affinity: boolean;
  /** How long a request waits for an account whose rest ends, rather than being refused; 0: not at all. */
  readonly holdMs: number;
  /** An account is left for another one when so much of one of its quota windows is used. */
  readonly leaveAtPercent: number;
  /** How many requests one account may have under way; 0: no limit. */
  readonly maxConcurrent: number;
  /** How many requests may wait for an account to have room. */
  readonly maxQueued: number;
}

export interface ModelSettings {
  /** Read it with `Object.hasOwn`: the names that clients send may be those of `Object.prototype`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** By model: what answers in its place when every account of it is spent. Read it with `Object.hasOwn` too. */
  readonly fallbacks: Readonly<Record<string, readonly string[]>>;
  /** The model of a request that names none. */
  readonly default?: string;
}

export interface LimitSettings {
  readonly maxBodyBytes: number;
  /** How long an upstream may take to its first byte. */
  readonly firstByteMs: number;
  /** How long a stream may be silent. */
  readonly idleMs: number;
  readonly keepAliveMs: number;
  /** How long after its arrival a request may still start attempts, and an answer be without content. */
  readonly requestMs: number;
}

/** A provider that the user describes: the same facts that a built-in one's file holds. */
export interface ProviderSettings {
  readonly label?: string;
  /** Base URLs by protocol name, without a trailing slash. */
  readonly protocols: Readonly<Record<string, string>>;
  readonly login: readonly LoginSettings[];
  readonly models?: readonly string[];
  /** Where its list of models is, behind the address of its first protocol. */
  readonly modelsPath?: string;
  /** The header that carries the credential, in place of the usual ones. */
  readonly authHeader?: string;
  /** The claim that says who an account is. */
  readonly accountClaim?: string;
  readonly terms?: TermsSettings;
  /** Plain http is accepted beyond loopback. */
  readonly allowHttp: boolean;
  /** Overrides the setting of the same name for this provider. */
  readonly quotaExceeded?: { readonly switchAccount?: boolean };
}

/** Whether several accounts may stand in for each other, as of a day. */
export interface TermsSettings {
  readonly kind: 'unrestricted' | 'restricted' | 'unknown';
  readonly note?: string;
  readonly link?: string;
  readonly checked: string;
}

export type LoginSettings =
  AuthorizationCodeSettings | DeviceCodeSettings | CommandSettings | ServiceAccountSettings | ApiKeySettings;

/** Members as in `oauth/types.ts`; a public client (RFC 7636), so there is no secret. */
interface AuthorizationServerSettings {
  readonly issuer?: string;
  readonly tokenEndpoint?: string;
  readonly revocationEndpoint?: string;
  readonly userinfoEndpoint?: string;
  /** Asked for at sign-in where it is absent. */
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface AuthorizationCodeSettings extends AuthorizationServerSettings {
  readonly kind: 'authorization-code';
  readonly authorizationEndpoint?: string;
  readonly redirect?: { readonly host?: string; readonly port?: number; readonly path?: string };
}

export interface DeviceCodeSettings extends AuthorizationServerSettings {
  readonly kind: 'device-code';
  readonly deviceAuthorizationEndpoint?: string;
}

/** A program, and its words, that prints a token; run without a shell. */
export interface CommandSettings {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly lifetimeMs?: number;
}

/** The key of an account of a machine's own; `proxy login` is given its file. */
export interface ServiceAccountSettings {
  readonly kind: 'service-account';
  readonly scopes: readonly string[];
}

export interface ApiKeySettings {
  readonly kind: 'api-key';
  readonly page?: string;
  /** The environment variable that may hold it: `proxy import` looks there. */
  readonly variable?: string;
  readonly optional?: boolean;
}
