import type { OutcomeKind, QuotaWindow, Scope } from '../../src/outcome.ts';

/** One answer that a provider gives when it refuses, and what that must teach. One file each. */
export interface AnswerCase {
  /** Unique; begins with the vendor. */
  readonly name: string;
  /** The id of the provider that judges it; `compatible` stands for any server that a person names by its address. */
  readonly provider: string;
  /** Whose answer it is, where the provider is `compatible`. */
  readonly vendor?: string;
  /** The upstream model that was asked for. */
  readonly model: string;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or the text as it came. */
  readonly body: unknown;
  /** Where such an answer was published, and when somebody looked; `assumed` where it was put together from a description. */
  readonly source: { readonly address: string; readonly checked: string } | 'assumed';
  readonly expected: {
    readonly kind: OutcomeKind;
    readonly scope: Scope;
    readonly waitMs?: number;
    readonly waitFrom?: string;
  };
  /** What the headers tell of the quota windows; none where it is absent. */
  readonly windows?: readonly QuotaWindow[];
  /** What rests after it, and for how long, where nothing was wrong before. */
  readonly rest: { readonly scope: 'none' | 'account' | 'account-model'; readonly ms: number };
}

const text = { type: 'string', minLength: 1 };
const wholeNumber = { type: 'integer', minimum: 0 };

/** Every kind and scope, by type: one more in the program is one more here. */
const kinds: Readonly<Record<OutcomeKind, true>> = {
  throttle: true,
  'window-spent': true,
  billing: true,
  overload: true,
  transport: true,
  slow: true,
  auth: true,
  policy: true,
  blocked: true,
  capability: true,
  request: true,
  empty: true,
  affinity: true,
};
const scopes: Readonly<Record<Scope, true>> = {
  request: true,
  attempt: true,
  account: true,
  'account-model': true,
  'provider-model': true,
  provider: true,
  network: true,
};

const source = {
  anyOf: [
    { const: 'assumed' },
    closed({
      address: { type: 'string', pattern: String.raw`^https://[\w.-]+/\S*$` },
      checked: { type: 'string', pattern: String.raw`^20\d\d-[01]\d-[0-3]\d$` },
    }),
  ],
};

const expected = {
  ...closed(
    { kind: { enum: Object.keys(kinds) }, scope: { enum: Object.keys(scopes) } },
    {
      waitMs: { type: 'integer', minimum: 1 },
      waitFrom: text,
    },
  ),
  dependencies: { waitMs: ['waitFrom'], waitFrom: ['waitMs'] },
};

const window = closed({
  name: text,
  scope: { enum: ['account', 'account-model'] },
  used: { type: 'number', minimum: 0 },
  resetsAt: wholeNumber,
  refill: { enum: ['gradual', 'at-once'] },
});

/** The form of a file, as a JSON Schema: a member that nobody knows is a slip, and refused. */
export const answerSchema = closed(
  {
    name: text,
    provider: text,
    model: text,
    status: { type: 'integer', minimum: 300, maximum: 599 },
    headers: {
      type: 'object',
      propertyNames: { type: 'string', pattern: '^[a-z0-9_-]+$' },
      additionalProperties: { type: 'string' },
    },
    body: { type: ['string', 'object', 'array'] },
    source,
    expected,
    rest: closed({ scope: { enum: ['none', 'account', 'account-model'] }, ms: wholeNumber }),
  },
  { vendor: text, windows: { type: 'array', minItems: 1, items: window } },
);

/** An object with these members and no others. */
function closed(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) {
  return {
    type: 'object',
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}
