import type { Clock } from '../clock.ts';
import { RotaError } from '../failure.ts';
import { scrub } from '../log/scrub.ts';
import { providerWords } from '../oauth/provider-words.ts';
import { Secret } from '../secret.ts';
import type { CommandCredential } from './credential.ts';
import type { MadeToken } from './made-token.ts';
import { runCommand } from './run-command.ts';
import type { CommandEnd } from './run-command.ts';

/** Runs an account's command once. Rejects with a `RotaError` of kind `refresh` that is never final. */
export type PrintToken = (
  command: Pick<CommandCredential, 'argv' | 'lifetimeMs'>,
  signal?: AbortSignal,
) => Promise<MadeToken>;

/** A tool may have to renew its own session first. */
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024;
/** Of its stderr, which may be a long trace. */
const MAX_WORDS_CHARS = 400;

/** The command's output is a token alone, or a JSON object as `az` and `kubectl` plugins print it, which may name its end. */
export function tokenPrinter(clock: Clock, timeoutMs: number = TIMEOUT_MS): PrintToken {
  return async ({ argv, lifetimeMs }, signal) => {
    const end = await runCommand(argv, {
      timeoutMs,
      maxBytes: MAX_BYTES,
      ...(signal !== undefined && { signal }),
    });
    if (end.kind === 'killed' && end.why === 'cancelled') {
      throw new RotaError({ kind: 'cancelled', message: `${nameOf(argv)} was cancelled.` });
    }
    if (end.kind !== 'exited' || end.code !== 0) throw failed(argv, wordsFor(end, argv, timeoutMs));
    const issuedAt = clock.now();
    const printed = tokenIn(end.stdout);
    if (printed === undefined) throw failed(argv, 'it printed something else than one token');
    const { token, expiresAt = issuedAt + lifetimeMs } = printed;
    return { secret: new Secret(token), issuedAt, expiresAt };
  };
}

/** What a person calls a command by: its program and the words before the first option, whose value may say who they are. */
function nameOf(argv: readonly string[]): string {
  const firstOption = argv.findIndex((word) => word.startsWith('-'));
  const words = argv.slice(0, Math.min(4, firstOption === -1 ? 4 : firstOption));
  return `The command \`${providerWords(scrub(words.join(' ')))}\``;
}

function failed(argv: readonly string[], why: string): RotaError {
  return new RotaError({ kind: 'refresh', final: false, message: `${nameOf(argv)} gave no token: ${why}.` });
}

function wordsFor(end: CommandEnd, [program = '']: readonly string[], timeoutMs: number): string {
  const said = stderrWords(end.stderr);
  if (end.kind === 'not-started') {
    if (end.code === 'unquotable') return 'a word of it holds " or %, which a batch file cannot be given';
    if (end.code !== 'ENOENT') return `it could not be started (${end.code})`;
    return `"${providerWords(program)}" was not found on the PATH`;
  }
  if (end.kind === 'exited') return `it ended with exit code ${end.code}${said}`;
  if (end.why === 'time') return `it did not end within ${timeoutMs / 1000} s${said}`;
  return end.why === 'output' ? 'it printed more than a token can be' : `it was killed${said}`;
}

/** Its last words: what went wrong stands at the end of a trace. */
function stderrWords(stderr: string): string {
  const clean = scrub(stderr)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  if (clean === '') return '';
  const characters = Array.from(clean);
  const words =
    characters.length <= MAX_WORDS_CHARS ? clean : `…${characters.slice(-MAX_WORDS_CHARS).join('')}`;
  return `, saying: ${words.replace(/\.$/, '')}`;
}

interface Printed {
  readonly token: string;
  readonly expiresAt?: number;
}

function tokenIn(stdout: string): Printed | undefined {
  const text = stdout.trim();
  if (text.startsWith('{')) return tokenInJson(text);
  return isToken(text) ? { token: text } : undefined;
}

function tokenInJson(text: string): Printed | undefined {
  const members = membersOf(text);
  // `az`, then OAuth's own name, then kubectl's ExecCredential and plain ones.
  const status = objectIn(members['status']);
  const token = [members['accessToken'], members['access_token'], status['token'], members['token']].find(
    isToken,
  );
  if (token === undefined) return undefined;
  const expiresAt = [
    secondsIn(members['expires_on']),
    momentIn(status['expirationTimestamp']),
    momentIn(members['expiresAt'] ?? members['expires_at'] ?? members['token_expiry']),
  ].find((moment) => moment !== undefined);
  return { token, ...(expiresAt !== undefined && { expiresAt }) };
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectIn(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** One word that can travel in a header. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function secondsIn(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

function momentIn(value: unknown): number | undefined {
  const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}
