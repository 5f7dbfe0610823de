import type { Settings } from './settings.ts';

/**
 * The part of JSON Schema that the settings use. `description` is more than a comment: it is a noun phrase that
 * completes the sentence "`listen.port` must be …".
 */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | SchemaNode;
  readonly minProperties?: number;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly if?: SchemaNode;
  readonly then?: SchemaNode;
  readonly else?: SchemaNode;
  readonly discriminator?: { readonly propertyName: string };
  readonly oneOf?: readonly SchemaNode[];
}

/** Node's timers take 32 bits: anything longer fires at once. */
const LONGEST_MS = 2_147_483_647;
const TEXT: SchemaNode = { type: 'string', minLength: 1, description: 'a string that is not empty' };
const FLAG: SchemaNode = { type: 'boolean', description: 'true or false' };
const KINDS = '"authorization-code", "device-code", "command", "service-account" or "api-key"';
const KIND: SchemaNode = {
  type: 'string',
  enum: ['authorization-code', 'device-code', 'command', 'service-account', 'api-key'],
  description: KINDS,
};
const SCOPES: SchemaNode = {
  type: 'array',
  items: {
    type: 'string',
    // RFC 6749 §3.3: printable ASCII without spaces, quotes and backslashes.
    pattern: String.raw`^[\x21\x23-\x5B\x5D-\x7E]+$`,
    description: 'one scope, without spaces',
  },
  description: 'a list of scopes',
};
/** Only the type is checked here: what makes a good address depends on other keys, so `addresses.ts` tells. */
const ADDRESS: SchemaNode = { type: 'string', description: 'an https address' };

const PATH: SchemaNode = {
  type: 'string',
  pattern: String.raw`^/[^\s#]*$`,
  description: 'a path that begins with a slash',
};

/** The one table of what can be set: types, ranges, defaults and the words for errors. */
export function settingsSchema(protocols: readonly string[]): SchemaNode {
  return object({
    listen: section({
      host: { ...TEXT, default: '127.0.0.1', description: 'a host name or an address' },
      port: wholeNumber(8317, 0, 65_535, 'a port number from 0 to 65535'),
      allowedHosts: list({
        type: 'string',
        pattern: String.raw`^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$`,
        description: 'a host name without scheme and port',
      }),
      allowedOrigins: list({
        type: 'string',
        pattern: String.raw`^[a-z][a-z0-9+.-]*://[^\sA-Z/?#@*]+$`,
        description: 'an origin such as https://app.example.com, lower case and without a path',
      }),
    }),
    requestRetry: wholeNumber(3, 0, 10, 'a whole number from 0 to 10'),
    quotaExceeded: section({ switchAccount: { ...FLAG, default: true } }),
    routing: section({
      strategy: choice(['round-robin', 'fill-first', 'least-used', 'random'], 'round-robin'),
      affinity: { ...FLAG, default: true },
      holdMs: wholeNumber(0, 0, LONGEST_MS, `a number of milliseconds from 0 to ${LONGEST_MS}`),
      leaveAtPercent: wholeNumber(98, 1, 100, 'a whole number from 1 to 100'),
      maxConcurrent: wholeNumber(0, 0, 10_000, 'a whole number from 0 (no limit) to 10000'),
      maxQueued: wholeNumber(256, 0, 10_000, 'a whole number from 0 to 10000'),
    }),
    models: section({
      aliases: map({ ...TEXT, description: 'the name of a model' }, 'an object of model names by alias'),
      default: { ...TEXT, description: 'the name of a model' },
      fallbacks: map(
        { type: 'array', items: TEXT, description: 'a list of model names' },
        'an object of lists of model names by model',
      ),
    }),
    limits: section({
      maxBodyBytes: wholeNumber(33_554_432, 1, 1_073_741_824, 'a number of bytes from 1 to 1073741824'),
      firstByteMs: milliseconds(300_000),
      idleMs: milliseconds(300_000),
      keepAliveMs: wholeNumber(
        10_000,
        0,
        LONGEST_MS,
        `a number of milliseconds from 0 (never) to ${LONGEST_MS}`,
      ),
      requestMs: milliseconds(600_000),
    }),
    clients: map({ ...TEXT, description: 'the id of an application' }, 'an object of client ids by provider'),
    providers: map(provider(protocols), 'an object of providers by id'),
  });
}

/** The settings of someone who has no file. */
export function defaultSettings(): Settings {
  return defaultOf({ ...settingsSchema([]), default: {} }) as Settings;
}

function defaultOf(node: SchemaNode): unknown {
  if (node.default === undefined || node.properties === undefined) return structuredClone(node.default);
  const members = Object.entries(node.properties).map(([key, child]) => [key, defaultOf(child)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function provider(protocols: readonly string[]): SchemaNode {
  return object(
    {
      label: TEXT,
      protocols: {
        ...object(Object.fromEntries(protocols.map((name) => [name, ADDRESS]))),
        minProperties: 1,
        description: `an object with the address of at least one protocol (${protocols.join(', ')})`,
      },
      login: {
        default: [{ kind: 'api-key' }],
        if: { type: 'array' },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        then: {
          type: 'array',
          minItems: 1,
          items: login(),
          description: 'a list of at least one way to sign in',
        },
        else: login(),
      },
      models: { type: 'array', items: TEXT, description: 'a list of model names' },
      modelsPath: PATH,
      authHeader: {
        type: 'string',
        // A credential would do harm, or be lost, in any other.
        pattern: String.raw`^(?!(?:[Pp]roxy|[Ss]ec)-)[A-Za-z0-9-]*(?:[Kk]ey|[Tt]oken|[Aa]uth)[A-Za-z0-9-]*$`,
        description: 'the name of a header for a key or a token, such as api-key',
      },
      accountClaim: TEXT,
      terms: object(
        {
          kind: choiceOf(['unrestricted', 'restricted', 'unknown']),
          note: TEXT,
          link: ADDRESS,
          checked: {
            type: 'string',
            pattern: String.raw`^\d{4}-\d{2}-\d{2}$`,
            description: 'the day on which they were read, such as 2026-11-25',
          },
        },
        ['kind', 'checked'],
      ),
      allowHttp: { ...FLAG, default: false },
      quotaExceeded: object({ switchAccount: FLAG }),
    },
    ['protocols'],
  );
}

function login(): SchemaNode {
  return {
    type: 'object',
    description: `an object whose kind is ${KINDS}, or a list of such`,
    properties: { kind: KIND },
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: [authorizationCode(), deviceCode(), command(), serviceAccount(), apiKey()],
  };
}

function authorizationCode(): SchemaNode {
  return object(
    {
      kind: { const: 'authorization-code' },
      authorizationEndpoint: ADDRESS,
      ...tokenMembers(),
      redirect: object({
        // RFC 8252 §7.3: the browser comes back to this machine and to no other.
        host: { type: 'string', enum: ['127.0.0.1', 'localhost'], description: '"127.0.0.1" or "localhost"' },
        port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'a port number from 1 to 65535' },
        path: { ...PATH, pattern: String.raw`^/[^\s?#]*$` },
      }),
    },
    ['kind'],
  );
}

function deviceCode(): SchemaNode {
  return object({ kind: { const: 'device-code' }, deviceAuthorizationEndpoint: ADDRESS, ...tokenMembers() }, [
    'kind',
  ]);
}

/** What the ways have in common that end in tokens. */
function tokenMembers(): Readonly<Record<string, SchemaNode>> {
  return {
    issuer: ADDRESS,
    tokenEndpoint: ADDRESS,
    revocationEndpoint: ADDRESS,
    userinfoEndpoint: ADDRESS,
    clientId: TEXT,
    scopes: SCOPES,
    parameters: {
      type: 'object',
      additionalProperties: { type: 'string', description: 'a string' },
      description: 'an object of strings',
    },
  };
}

function command(): SchemaNode {
  return object(
    {
      kind: { const: 'command' },
      argv: {
        type: 'array',
        minItems: 1,
        items: TEXT,
        description: 'a list of a program and its words, such as ["gcloud", "auth", "print-access-token"]',
      },
      lifetimeMs: {
        type: 'integer',
        minimum: 1000,
        maximum: 86_400_000,
        description: 'a number of milliseconds from 1000 to 86400000',
      },
    },
    ['kind', 'argv'],
  );
}

function serviceAccount(): SchemaNode {
  return object({ kind: { const: 'service-account' }, scopes: { ...SCOPES, minItems: 1 } }, [
    'kind',
    'scopes',
  ]);
}

function apiKey(): SchemaNode {
  return object({ kind: { const: 'api-key' }, page: ADDRESS, variable: TEXT, optional: FLAG }, ['kind']);
}

function object(
  properties: Readonly<Record<string, SchemaNode>>,
  required: readonly string[] = [],
): SchemaNode {
  return { type: 'object', properties, required, additionalProperties: false, description: 'an object' };
}

function section(properties: Readonly<Record<string, SchemaNode>>): SchemaNode {
  return { ...object(properties), default: {} };
}

function map(value: SchemaNode, description: string): SchemaNode {
  return { type: 'object', additionalProperties: value, default: {}, description };
}

function list(items: SchemaNode): SchemaNode {
  return { type: 'array', items, default: [], description: 'a list of strings' };
}

function wholeNumber(value: number, minimum: number, maximum: number, description: string): SchemaNode {
  return { type: 'integer', default: value, minimum, maximum, description };
}

function milliseconds(value: number): SchemaNode {
  return wholeNumber(value, 1, LONGEST_MS, `a number of milliseconds from 1 to ${LONGEST_MS}`);
}

function choice(values: readonly string[], value: string): SchemaNode {
  return { ...choiceOf(values), default: value };
}

function choiceOf(values: readonly string[]): SchemaNode {
  const quoted = values.map((one) => JSON.stringify(one));
  const description = [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(' or ');
  return { type: 'string', enum: values, description };
}
