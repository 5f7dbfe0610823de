import type { Schema } from 'conf';
import type { RecordsContent } from './records-content.ts';

/** The file as it lies on disk. Every part may be absent: an absent file is one without accounts. */
export type RecordsFile = { version?: number } & {
  -readonly [Part in keyof RecordsContent]?: RecordsContent[Part];
};

export const RECORDS_VERSION = 1;

const TEXT = { type: 'string', minLength: 1 } as const;

const ACCOUNT = {
  type: 'object',
  required: ['id', 'provider', 'label', 'addedAt', 'renewedAt', 'enabled', 'priority', 'weight'],
  properties: {
    // The id becomes part of a path (its lock) and of an item's name.
    id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    provider: TEXT,
    label: TEXT,
    identity: TEXT,
    addedAt: TEXT,
    renewedAt: TEXT,
    enabled: { type: 'boolean' },
    draining: { type: 'boolean' },
    priority: { type: 'integer' },
    weight: { type: 'number', exclusiveMinimum: 0 },
    project: TEXT,
    maxConcurrent: { type: 'integer', minimum: 1 },
    switchOn429: { type: 'boolean' },
    egressProxy: TEXT,
    needsLogin: {
      type: 'object',
      required: ['since', 'reason'],
      properties: { since: TEXT, reason: { type: 'string' } },
    },
  },
} as const;

const ENDPOINT = {
  type: 'object',
  required: ['id', 'label', 'baseUrl'],
  properties: {
    id: TEXT,
    label: TEXT,
    baseUrl: TEXT,
    allowHttp: { type: 'boolean' },
    kind: TEXT,
    values: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const;

/**
 * What `accounts.json` may hold. Members that this version does not know are let through and kept, so that an older
 * Rota beside a newer one takes nothing away.
 */
export const RECORDS_SCHEMA: Schema<RecordsFile> = {
  version: { type: 'integer', minimum: 1 },
  accounts: { type: 'array', items: ACCOUNT },
  endpoints: { type: 'array', items: ENDPOINT },
  store: { enum: ['os', 'passphrase', 'file'] },
  keysMade: { type: 'array', items: { enum: ['local-key', 'admin-key'] } },
};
