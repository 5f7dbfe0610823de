import type { Account } from '../accounts/account.ts';
import type { AccountView } from './account-view.ts';
import { momentWords } from './moment.ts';
import { plain } from './plain-text.ts';

const STATES: Readonly<Record<string, string>> = {
  'needs-login': 'needs login',
  expired: 'token expired',
};

/** How an account is, in a few words: `ready`, `resting until 14:05`, `needs login`. */
export function stateWords({ state, rests }: AccountView, nowMs: number): string {
  if (state === 'resting') {
    // It serves again when the last of the rests that hold for all of its models has passed.
    const untils = rests.filter(({ model }) => model === undefined).map(({ until }) => until);
    const last = untils.toSorted().at(-1);
    return last === undefined ? 'resting' : `resting until ${momentWords(last, nowMs)}`;
  }
  const resting = new Set(rests.flatMap(({ model }) => (model === undefined ? [] : [model]))).size;
  const words = STATES[state] ?? state;
  if (state !== 'ready' || resting === 0) return words;
  return `${words}, ${resting} ${resting === 1 ? 'model rests' : 'models rest'}`;
}

/** One rest: why, for which model, until when, and what the provider said of it. */
export function restWords(rest: AccountView['rests'][number], nowMs: number): string {
  const model = rest.model === undefined ? '' : ` for ${plain(rest.model)}`;
  const said = rest.detail === undefined ? '' : ` (the provider: ${plain(rest.detail)})`;
  return `${rest.kind}${model}, until ${momentWords(rest.until, nowMs)}${said}`;
}

/** The command by which a person signs in to an account again. */
export function loginCommand({ provider, label }: Pick<Account, 'provider' | 'label'>): string {
  return `proxy login ${provider} --label ${quoted(label)}`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  if (/^[\w.@%+=:,/-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
