/** What stands where a credential stood. */
export const MASK = '[masked]';

/** What stands for itself in a text, whatever is round it; every expression is linear in the text's length. */
const CREDENTIALS: readonly RegExp[] = [
  // JSON Web Tokens (RFC 7519): the header is a JSON object, so it begins with `{"`.
  /eyJ[\w-]+\.[\w-]*(?:\.[\w-]*)*/g,
  // Private keys in PEM (RFC 7468), also where JSON has their lines in one; of one that is cut off, all that is left.
  /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?/g,
  // Keys and tokens that announce themselves by the prefixes that secret scanners look for.
  /(?<![A-Za-z0-9])(?:sk|rk|pk)[-_][\w-]{8,}/g,
  /(?<![A-Za-z0-9])rota[-_][\w-]{32,}/g,
  /(?<![A-Za-z0-9])(?:gh[opusr]|github_pat)_\w{8,}/g,
  /(?<![A-Za-z0-9])(?:AIza|AQ\.|ya29\.|1\/\/0|GOCSPX-)[\w./-]{8,}/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/g,
  // Any other short prefix before a long run of capitals and digits: too long for the ids of requests and messages.
  /(?<![A-Za-z0-9])[a-z][a-z0-9]{1,9}[-_](?=[A-Za-z0-9]{0,64}[A-Z])(?=[A-Za-z0-9]{0,64}[0-9])[A-Za-z0-9]{30,}/g,
];

const NAMES =
  'key|api[-_]?key|private[-_]?key|access[-_]?token|refresh[-_]?token|id[-_]?token|token|client[-_]?secret|secret|password|' +
  'passphrase|code[-_]?verifier|assertion';

/** What is known by the words before it: those are kept in the first group. */
const NAMED: readonly RegExp[] = [
  /((?<![A-Za-z0-9])(?:Bearer|Basic)\s+)[\w.~+/=-]+/gi,
  /((?<![\w-])(?:set-)?cookie["']?\s*[:=]\s*)[^\n]+/gi,
  /((?<![\w-])(?:x-api-key|x-goog-api-key|(?:proxy-)?authorization)["']?\s*[:=]\s*["']?)(?!Bearer\s|Basic\s)[^\s"',;&]+/gi,
  // In an address any of these; `code` and `state` are too common as words elsewhere.
  new RegExp(String.raw`([?&;](?:${NAMES}|code|state|sig|signature)=)[^&\s"'#;]+`, 'gi'),
  new RegExp(String.raw`((?<![\w-])(?:${NAMES})=)[^&\s"'#;]+`, 'gi'),
  new RegExp(String.raw`("(?:${NAMES})"\s*:\s*")(?:[^"\\]|\\.)+`, 'gi'),
  /(:\/\/)[^\s/?#@"']+(?=@)/g,
];

/** Whether any of them may match, found in one pass each: hardly a text does, and this costs a tenth of all the replacing. */
const SUSPECT = anyOf([...CREDENTIALS, ...NAMED].filter(({ ignoreCase }) => !ignoreCase));
const SUSPECT_IN_ANY_CASE = anyOf(
  NAMED.filter(({ ignoreCase }) => ignoreCase),
  'i',
);

function anyOf(patterns: readonly RegExp[], flags?: string): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), flags);
}

/**
 * The last line of defence: masks what looks like a key or a token in a text that is about to be written. Nothing
 * may rely on it, since a credential need not look like one; what holds credentials is a `Secret`.
 * E-mail addresses stay: they are the names of accounts.
 */
export function scrub(text: string): string {
  if (!SUSPECT.test(text) && !SUSPECT_IN_ANY_CASE.test(text)) return text;
  let scrubbed = text;
  for (const pattern of CREDENTIALS) scrubbed = scrubbed.replace(pattern, MASK);
  for (const pattern of NAMED) scrubbed = scrubbed.replace(pattern, `$1${MASK}`);
  return scrubbed;
}

/** Whether a field of this name holds a credential by its very meaning, so that its text is not written at all. */
export function namesCredential(name: string): boolean {
  return /authorization|cookie|api[-_]?key|token$|secret|password|passphrase|verifier$|assertion$|private[-_]?key|^key$/i.test(
    name,
  );
}
