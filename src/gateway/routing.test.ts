import { describe, expect, it } from 'vitest';
import type { Account } from '../accounts/account.ts';
import type { Provider } from '../providers/provider.ts';
import { modelNotFound, resolveAlias, route, type Route, type Serving } from './routing.ts';

const openai = provider('openai', ['openai-chat']);
const openrouter = provider('openrouter', ['openai-chat']);
const anthropic = provider('anthropic', ['anthropic-messages']);

function provider(id: string, protocols: readonly string[]): Provider {
  return {
    id,
    label: id.toUpperCase(),
    protocols: Object.fromEntries(protocols.map((name) => [name, 'https://example.com/v1'])),
    login: [],
    authorize: () => ({}),
    identify: () => ({}),
    refuseKey: () => undefined,
    classify: () => ({ kind: 'transport', scope: 'attempt' }),
    terms: { kind: 'unknown', note: '', checked: '2026-11-20' },
  };
}

function serving(
  id: string,
  of: Provider,
  models?: readonly string[],
  account: Partial<Account> = {},
): Serving {
  const time = '2026-11-20T10:00:00Z';
  return {
    account: {
      id,
      provider: of.id,
      label: `${id}'s`,
      addedAt: time,
      renewedAt: time,
      enabled: true,
      priority: 0,
      weight: 1,
      ...account,
    },
    provider: of,
    refreshable: false,
    switchOn429: true,
    maxConcurrent: Infinity,
    ...(models ? { models: new Set(models) } : {}),
  };
}

function ask(
  name: string,
  pool: readonly Serving[],
  aliases: Record<string, string> = {},
  others: readonly string[] = [],
): Route {
  return route({ name, protocol: 'openai-chat', others, aliases, serving: pool });
}

/** `account=upstream model`, or what else the route is. */
function found(result: Route): string {
  if (result.kind === 'pool')
    return result.candidates.map(({ account, model }) => `${account}=${model}`).join(' ');
  return result.kind;
}

const a = serving('a', openai, ['gpt-5.6', 'gpt-4o']);
const b = serving('b', openai, ['gpt-5.6']);
const unlisted = serving('u', openai);
const router = serving('r', openrouter, ['openai/gpt-5.6', 'meta/llama']);
const claude = serving('c', anthropic, ['claude-opus-5']);

describe('which accounts can serve a model', () => {
  it.each<[string, string, readonly Serving[], string]>([
    ['all that list it', 'gpt-5.6', [a, b], 'a=gpt-5.6 b=gpt-5.6'],
    ['only those that list it', 'gpt-4o', [a, b], 'a=gpt-4o'],
    ['one of the same provider whose list is not known', 'gpt-5.6', [a, unlisted], 'a=gpt-5.6 u=gpt-5.6'],
    ['one of another provider only where nobody lists it', 'meta/llama', [unlisted, router], 'r=meta/llama'],
    ['one whose list is not known', 'new-model', [a, unlisted], 'u=new-model'],
    ['a provider named before it', 'openai/gpt-5.6', [a, router], 'a=gpt-5.6'],
    ['a name with a slash of its own', 'meta/llama', [a, router], 'r=meta/llama'],
    ["a provider's name that is part of the model's", 'openai/gpt-5.6', [router], 'r=openai/gpt-5.6'],
    [
      'both, where the named provider lacks it',
      'openai/gpt-5.6',
      [serving('x', openai, ['gpt-4o']), router],
      'r=openai/gpt-5.6',
    ],
    ['the router by name', 'openrouter/openai/gpt-5.6', [a, router], 'r=openai/gpt-5.6'],
    ['a provider and nothing after it', 'openai/', [a], 'unknown'],
    ['a slash first', '/gpt-5.6', [a], 'unknown'],
    ['nobody', 'gpt-9', [a, b], 'unknown'],
    ['no account at all', 'gpt-5.6', [], 'unknown'],
    ['names are exact', 'GPT-5.6', [a], 'unknown'],
    ['only accounts that speak the protocol', 'claude-opus-5', [a, claude], 'other-protocol'],
  ])('%s', (_, name, pool, expected) => {
    expect(found(ask(name, pool))).toBe(expected);
  });

  it('a model without a name is never sent to an account whose list is not known', () => {
    expect(found(ask('openai/', [unlisted]))).not.toBe('u=');
  });

  it('an account that cannot be used is named with its reason', () => {
    const off = serving('d', openai, ['gpt-5.6'], { enabled: false });
    const stale = serving('s', openai, ['gpt-5.6'], {
      needsLogin: { since: '2026-11-20', reason: 'invalid_grant' },
    });
    expect(ask('gpt-5.6', [off, stale])).toEqual({
      kind: 'pool',
      candidates: [],
      barred: [
        { account: "d's", provider: 'openai', reason: 'disabled' },
        { account: "s's", provider: 'openai', reason: 'needs-login', detail: 'invalid_grant' },
      ],
    });
    expect(found(ask('gpt-5.6', [off, a, stale]))).toBe('a=gpt-5.6');
  });

  it('a candidate carries what rotation needs', () => {
    const heavy = {
      ...serving('h', openai, ['m'], { priority: 3, weight: 7 }),
      refreshable: true,
      switchOn429: false,
    };
    expect(ask('m', [heavy])).toMatchObject({
      candidates: [
        {
          account: 'h',
          provider: 'openai',
          model: 'm',
          priority: 3,
          weight: 7,
          refreshable: true,
          switchOn429: false,
        },
      ],
    });
  });

  it('says which providers have a model that is not spoken here', () => {
    expect(ask('claude-opus-5', [claude, serving('c2', anthropic, ['claude-opus-5'])])).toMatchObject({
      kind: 'other-protocol',
      providers: ['ANTHROPIC'],
    });
  });
});

describe('aliases', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['none', 'm', {}, 'm'],
    ['one', 'gpt-5', { 'gpt-5': 'gpt-5.5' }, 'gpt-5.5'],
    ['one of another', 'a', { a: 'b', b: 'c' }, 'c'],
    ['to a provider', 'fast', { fast: 'openai/gpt-4o' }, 'openai/gpt-4o'],
    ['a name that every object has', 'constructor', {}, 'constructor'],
  ])('%s', (_, name, aliases, expected) => {
    expect(resolveAlias(name, aliases)).toBe(expected);
  });

  it('that go round in a circle end', () => {
    expect(['a', 'b']).toContain(resolveAlias('a', { a: 'b', b: 'a' }));
    expect(found(ask('a', [a], { a: 'b', b: 'a' }))).toBe('unknown');
  });

  it('come before all else', () => {
    expect(found(ask('gpt-4o', [a], { 'gpt-4o': 'openai/gpt-5.6' }))).toBe('a=gpt-5.6');
  });
});

it('a model that nobody has is named with those that it may have been', () => {
  expect(modelNotFound('gpt5', ['gpt-5', 'gpt-5.6'])).toEqual({
    kind: 'model-not-found',
    model: 'gpt5',
    near: ['gpt-5', 'gpt-5.6'],
    message: "No account has a model 'gpt5'. Did you mean 'gpt-5' or 'gpt-5.6'?",
  });
  expect(modelNotFound('x', []).message).toContain('`proxy models`');
});
