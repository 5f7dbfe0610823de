import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { RotaError } from '../failure.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Model, Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { addAccount, renewAccount, setAccountSettings } from './account-changes.ts';
import { checkedLabel, freeLabel } from './account-label.ts';
import type { AccountSettings } from './account-settings.ts';
import type { Credential } from './credential.ts';
import { withLock } from './lock.ts';
import type { FetchModelsOptions } from './model-list.ts';
import { fetchModels, probeCredential } from './model-list.ts';
import type { RecordsContent } from './records-content.ts';
import type { Records } from './records.ts';
import { sameSecret } from './same-secret.ts';
import type { SignInPlan, WantedAccount } from './sign-in-plan.ts';
import { planSignIn } from './sign-in-plan.ts';
import type { ExaminedProof, SignInProof } from './sign-in-proof.ts';
import { examineProof } from './sign-in-proof.ts';
import type { Vault } from './vault.ts';

const ID_BYTES = 8;
/** A keychain may be asking a person to unlock it for another command. */
const LOCK_WAIT_MS = 90_000;

export interface SignInParts {
  readonly vault: Vault;
  readonly records: Records;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly userAgent: string;
}

export interface SignInRequest {
  readonly provider: Provider;
  readonly proof: SignInProof;
  /** What the person asked to call it. */
  readonly label?: string;
  /** What else the person settled about the account. */
  readonly settings?: AccountSettings;
  readonly signal?: AbortSignal;
}

export interface SignedIn {
  readonly account: Account;
  /** It was there before: the same identity, or the same key or label. */
  readonly renewed: boolean;
  /** Absent where the server has no list of its models: then nothing was tried. */
  readonly models?: readonly Model[];
}

/**
 * Turns what a sign-in gave into an account: tried with one cheap call first, so that nothing which does not work is
 * stored; then the credential, then the record, so that a crash in between leaves no account without a credential.
 * @throws RotaError of kind `refused-by-provider` or `upstream-unreachable` from the trial; `usage` where the label
 * belongs to another; `sign-in` for a key that is not taken; `store` or `records` where it could not be kept.
 */
export async function completeSignIn(parts: SignInParts, request: SignInRequest): Promise<SignedIn> {
  const { provider, signal } = request;
  const proof = examineProof(provider, request.proof, parts.clock.now());
  const wanted = wantedAccount(request, proof);
  // Once before the call, to refuse a label early; what counts is the plan made under the lock.
  planSignIn((await parts.records.read()).accounts, wanted);
  const { userAgent } = parts;
  const models = await tried(parts, provider, proof.secret, { userAgent, ...(signal && { signal }) });
  return withLock(
    join(parts.records.folder, 'sign-in'),
    async () => {
      const { accounts } = await parts.records.read();
      const holderId = await findHolder(parts.vault, accounts, wanted, proof.credential);
      const plan = planSignIn(accounts, { ...wanted, ...(holderId !== undefined && { holderId }) });
      const account = await keep(parts, request, wanted, plan, proof.credential);
      return { account, renewed: plan.kind === 'renew', ...(models && { models }) };
    },
    { waitMs: LOCK_WAIT_MS },
  );
}

/** What is not valid is not stored; where a call of its own showed that it is, the models are asked for besides. */
async function tried(
  { fetch }: SignInParts,
  provider: Provider,
  secret: Secret,
  options: FetchModelsOptions,
): Promise<readonly Model[] | undefined> {
  const models = await probeCredential(provider, secret, fetch, options);
  return provider.probe === undefined ? models : fetchModels(provider, secret, fetch, options);
}

/**
 * Whether a sign-in will add an account or renew one, for what must be asked before anything is saved.
 * @throws RotaError as {@link completeSignIn} does for a label or a key that is not taken.
 */
export async function foreseeSignIn(
  { vault, records, clock }: Pick<SignInParts, 'vault' | 'records' | 'clock'>,
  request: SignInRequest,
): Promise<SignInPlan> {
  const proof = examineProof(request.provider, request.proof, clock.now());
  const wanted = wantedAccount(request, proof);
  const { accounts } = await records.read();
  const holderId = await findHolder(vault, accounts, wanted, proof.credential);
  return planSignIn(accounts, { ...wanted, ...(holderId !== undefined && { holderId }) });
}

function wantedAccount(request: SignInRequest, { identity }: ExaminedProof): WantedAccount {
  const project = request.settings?.project ?? undefined;
  return {
    provider: request.provider.id,
    ...(request.label !== undefined && { label: checkedLabel(request.label) }),
    ...(identity.label !== undefined && { defaultLabel: identity.label }),
    ...(identity.id !== undefined && { identity: identity.id }),
    ...(project !== undefined && { project }),
  };
}

/** A key that is pasted again, under whatever label, is the account that has it; twice in the pool it would count twice. */
async function findHolder(
  vault: Vault,
  accounts: readonly Account[],
  wanted: WantedAccount,
  credential: Credential,
): Promise<string | undefined> {
  // Who has an identity is known by that.
  if (credential.kind === 'oauth' || credential.kind === 'serviceAccount') return undefined;
  for (const { id, provider } of accounts) {
    if (provider !== wanted.provider) continue;
    // One that cannot be read now is not known to be the same.
    const stored = await vault.credential(id).catch(() => undefined);
    if (stored !== undefined && sameCredential(stored, credential)) return id;
  }
  return undefined;
}

function sameCredential(one: Credential, other: Credential): boolean {
  if (one.kind === 'none') return other.kind === 'none';
  if (one.kind === 'command') {
    return other.kind === 'command' && one.argv.join('\0') === other.argv.join('\0');
  }
  return one.kind === 'apiKey' && other.kind === 'apiKey' && sameSecret(one.key, other.key);
}

async function keep(
  parts: SignInParts,
  request: SignInRequest,
  wanted: WantedAccount,
  plan: SignInPlan,
  credential: Credential,
): Promise<Account> {
  const { vault, records, clock } = parts;
  const id = plan.kind === 'renew' ? plan.account.id : randomBytes(ID_BYTES).toString('hex');
  const record = (content: RecordsContent): RecordsContent => {
    const at = new Date(clock.now()).toISOString();
    const entered = entry(content, id, wanted, plan, at);
    return request.settings === undefined ? entered : setAccountSettings(entered, id, request.settings);
  };
  return vault.locked(id, async () => {
    await vault.save(id, credential);
    try {
      const { accounts } = await records.change(record);
      return required(accounts, id);
    } catch (error) {
      // The item of an account that is not recorded would lie in the keychain for ever.
      if (plan.kind === 'add' || isGone(error)) await vault.remove(id).catch(() => false);
      throw error;
    }
  });
}

function entry(
  content: RecordsContent,
  id: string,
  wanted: WantedAccount,
  plan: SignInPlan,
  at: string,
): RecordsContent {
  const { provider, identity } = wanted;
  const known = identity !== undefined && { identity };
  if (plan.kind === 'renew') {
    return renewAccount(content, id, {
      renewedAt: at,
      ...known,
      ...(plan.label !== undefined && { label: plan.label }),
    });
  }
  // A label of our choosing may have been taken since the plan was made.
  const label = wanted.label ?? freeLabel(content.accounts, wanted.defaultLabel, provider);
  return addAccount(content, { id, provider, label, addedAt: at, ...known });
}

function isGone(error: unknown): boolean {
  return error instanceof RotaError && error.failure.kind === 'not-found';
}

function required(accounts: readonly Account[], id: string): Account {
  const account = accounts.find((candidate) => candidate.id === id);
  if (account === undefined) throw new Error('a change of the records lost its account');
  return account;
}
