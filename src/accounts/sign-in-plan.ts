import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';
import { freeLabel } from './account-label.ts';
import { accountLabelled } from './account-lookup.ts';

/** What a sign-in says about the account it is for. */
export interface WantedAccount {
  readonly provider: string;
  /** What the person asked for with `--label`. */
  readonly label?: string;
  /** What to call it otherwise; made unique. */
  readonly defaultLabel?: string;
  readonly identity?: string;
  readonly project?: string;
  /** The account whose stored credential is the very same one. */
  readonly holderId?: string;
}

export type SignInPlan =
  | { readonly kind: 'add'; readonly label: string }
  | { readonly kind: 'renew'; readonly account: Account; readonly label?: string };

/**
 * Whether a sign-in is a further account or renews one: the same identity at the same provider (and, where a project
 * is named, in the same project) renews, and so does the label of an account that has no identity (a bare key).
 * @throws RotaError of kind `usage` where the label belongs to someone else, or several accounts could be meant.
 */
export function planSignIn(accounts: readonly Account[], wanted: WantedAccount): SignInPlan {
  const same = accounts.filter((account) => isSame(account, wanted));
  if (wanted.label === undefined) {
    const account = onlyOne(same, wanted);
    return account === undefined
      ? { kind: 'add', label: freeLabel(accounts, wanted.defaultLabel, wanted.provider) }
      : { kind: 'renew', account };
  }
  const labelled = accountLabelled(accounts, wanted.label);
  if (labelled === undefined) {
    const account = onlyOne(same, wanted);
    return account === undefined
      ? { kind: 'add', label: wanted.label }
      : { kind: 'renew', account, label: wanted.label };
  }
  refuseForeign(labelled, wanted, same);
  return { kind: 'renew', account: labelled };
}

function isSame(account: Account, wanted: WantedAccount): boolean {
  if (account.provider !== wanted.provider) return false;
  if (account.id === wanted.holderId) return true;
  if (wanted.identity === undefined || account.identity !== wanted.identity) return false;
  return wanted.project === undefined || account.project === wanted.project;
}

function onlyOne(same: readonly Account[], wanted: WantedAccount): Account | undefined {
  const [first, ...others] = same;
  if (others.length === 0) return first;
  const withoutProject = same.filter(({ project }) => project === wanted.project);
  if (withoutProject.length === 1) return withoutProject[0];
  const labels = same.map(({ label }) => `"${label}"`).join(', ');
  throw usage(
    `This sign-in could renew any of ${same.length} accounts: ${labels}. Say which with --label or --project.`,
  );
}

function refuseForeign(labelled: Account, wanted: WantedAccount, same: readonly Account[]): void {
  if (labelled.provider !== wanted.provider) {
    throw usage(
      `The label "${labelled.label}" belongs to an account of ${labelled.provider}. Choose another label for this one.`,
    );
  }
  if (same.includes(labelled)) return;
  const isOther =
    wanted.identity !== undefined && labelled.identity !== undefined && labelled.identity !== wanted.identity;
  if (isOther || same.length > 0) {
    throw usage(
      `The label "${labelled.label}" belongs to another account of ${labelled.provider} than the one that signed in. Choose another label, or sign in as that account.`,
    );
  }
}

function usage(message: string): RotaError {
  return new RotaError({ kind: 'usage', message });
}
