import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from './files.ts';
import type { RotaHome } from './rota-home.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

const labels = async (home: RotaHome): Promise<readonly string[]> =>
  (await home.recorded()).map(({ label }) => label);

async function expectNothingLeft(home: RotaHome, redirectUri: string): Promise<void> {
  await expect(fetch(redirectUri)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await expect(labels(home)).resolves.toEqual([]);
  await expect(home.items()).resolves.toEqual([]);
}

describe.concurrent('proxy login at a real authorization server', () => {
  it('adds an account, renews it for the same person, and adds another for another person', async () => {
    const home = await stage.home();
    const first = await stage.login(home, 'ada');
    expect(first).toMatchObject({
      code: 0,
      stdout: 'Added "ada@example.com" (The demo provider): 1 model.\n',
    });
    const [before] = await home.recorded();
    const second = await stage.login(home, 'ada');
    expect(second).toMatchObject({
      code: 0,
      stdout: 'Renewed "ada@example.com" (The demo provider): 1 model.\n',
    });
    const third = await stage.login(home, 'ben');
    expect(third.stdout).toContain('Added "ben@example.com"');
    const accounts = await home.accounts();
    expect(accounts.map(({ label, state }) => [label, state])).toEqual([
      ['ada@example.com', 'ready'],
      ['ben@example.com', 'ready'],
    ]);
    expect(accounts[0]?.id).toBe(before?.id);
    await expect(home.items()).resolves.toHaveLength(2);
  });

  it('asks with PKCE for a code, and prints the address on a line of its own, off stdout', async () => {
    const home = await stage.home();
    const { program, url } = await stage.beginLogin(home);
    const query = Object.fromEntries(new URL(url).searchParams);
    expect(query).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
    expect(query['state']?.length).toBeGreaterThanOrEqual(22);
    expect(query['redirect_uri']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    program.kill('SIGTERM');
    const { stdout, stderr } = await program.ended;
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toContain(url);
  });

  it('calls the account what --label says, also when it is renewed', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'work');
    await expect(labels(home)).resolves.toEqual(['work']);
    await stage.login(home, 'ada', '--label', 'home');
    await expect(labels(home)).resolves.toEqual(['home']);
    await stage.login(home, 'ada');
    await expect(labels(home)).resolves.toEqual(['home']);
  });

  it("refuses another person under somebody's label, and keeps what was there", async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'work');
    const refused = await stage.login(home, 'ben', '--label', 'work');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/The label "work" belongs to another account/);
    expect((await home.recorded()).map(({ identity }) => identity)).toEqual([
      `${stage.authorization.issuer}#ada`,
    ]);
    await expect(home.items()).resolves.toHaveLength(1);
  });

  it('answers a wrong state with 400 and goes on waiting for the right one', async () => {
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    for (const query of [
      '?code=stolen&state=wrong',
      '?code=stolen',
      '?error=access_denied&state=wrong',
      '',
    ]) {
      const answer = await fetch(redirectUri + query);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.text()).not.toContain('stolen');
    }
    await stage.authorization.consent(url, { login: 'ada' });
    expect((await program.ended).code).toBe(0);
  });

  it('writes no file for a state full of path characters', async () => {
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    const before = await filesIn(home.root);
    const states = [
      '../evil',
      '../../evil',
      `${home.root}/evil`,
      '..\\evil',
      '%00../evil',
      'file:///evil',
      '....//evil',
    ];
    for (const state of states) {
      for (const written of [encodeURIComponent(state), encodeURI(state)]) {
        expect((await fetch(`${redirectUri}?code=x&state=${written}`)).status).toBe(400);
      }
      expect((await fetch(`${redirectUri}/${encodeURIComponent(state)}?code=x`)).status).toBe(404);
    }
    await expect(filesIn(home.root)).resolves.toEqual(before);
    await stage.authorization.consent(url, { login: 'ada' });
    expect((await program.ended).code).toBe(0);
    expect((await filesIn(home.root)).filter((file) => file.includes('evil'))).toEqual([]);
  });

  it("ends with the provider's words where the person refuses", async () => {
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    await stage.authorization.consent(url, { login: 'ada', deny: true });
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/access_denied.*The person said no/);
    await expectNothingLeft(home, redirectUri);
  });

  it('takes the address pasted that a browser elsewhere ended with', async () => {
    const home = await stage.home();
    const { program, url } = await stage.beginLogin(home);
    const ended = await stage.authorization.consent(url, { login: 'ada', redirect: 'return' });
    program.type('http://127.0.0.1:1/elsewhere?code=x');
    await program.said(/That address is not where the sign-in ends/);
    program.type(ended.replace(/state=[^&]+/, 'state=wrong'));
    await program.said(/belongs to another sign-in/);
    program.type(ended);
    expect(await program.ended).toMatchObject({ code: 0 });
    await expect(labels(home)).resolves.toEqual(['ada@example.com']);
  });

  it('gives up after --timeout and leaves nothing behind', async () => {
    const home = await stage.home();
    const { program, redirectUri } = await stage.beginLogin(home, '--timeout', '1');
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Nobody finished the sign-in in the browser within 1 seconds. Start it again.');
    await expectNothingLeft(home, redirectUri);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at %s and leaves nothing behind', async (signal) => {
    const home = await stage.home();
    const { program, redirectUri } = await stage.beginLogin(home);
    program.kill(signal);
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('proxy: The sign-in was cancelled.');
    await expectNothingLeft(home, redirectUri);
  });

  it('keeps two sign-ins at once apart', async () => {
    const home = await stage.home();
    const [one, other] = await Promise.all([stage.beginLogin(home), stage.beginLogin(home)]);
    await Promise.all([
      stage.authorization.consent(one.url, { login: 'ada' }),
      stage.authorization.consent(other.url, { login: 'ben' }),
    ]);
    const ended = await Promise.all([one.program.ended, other.program.ended]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(ended[0].stdout).toContain('ada@example.com');
    expect(ended[1].stdout).toContain('ben@example.com');
    expect((await labels(home)).toSorted()).toEqual(['ada@example.com', 'ben@example.com']);
    await expect(home.items()).resolves.toHaveLength(2);
  });

  it('makes one account of two sign-ins at once of the same person', async () => {
    const home = await stage.home();
    const [one, other] = await Promise.all([stage.beginLogin(home), stage.beginLogin(home)]);
    await Promise.all([one, other].map(({ url }) => stage.authorization.consent(url, { login: 'ada' })));
    const ended = await Promise.all([one.program.ended, other.program.ended]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(ended.map(({ stdout }) => stdout.split(' ')[0]))).toEqual(new Set(['Added', 'Renewed']));
    await expect(labels(home)).resolves.toEqual(['ada@example.com']);
    await expect(home.items()).resolves.toHaveLength(1);
  });

  it('says that the one port is taken which the provider demands', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const home = await stage.home({ settings: stage.settings({}, { redirect: { port } }) });
    const { code, stderr } = await home.run(['login', 'demo', '--no-browser']);
    holder.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port}, which the provider demands for the sign-in, is taken`);
    await expect(labels(home)).resolves.toEqual([]);
  });

  it('goes no further where the authorization server cannot be found', async () => {
    const home = await stage.home({ settings: stage.settings({}, { issuer: 'http://127.0.0.1:9' }) });
    const { code, stdout, stderr } = await home.run(['login', 'demo', '--no-browser']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/127\.0\.0\.1:9/);
    await expect(labels(home)).resolves.toEqual([]);
  });

  it('names a provider that is nearly the one that was meant', async () => {
    const home = await stage.home();
    const { code, stderr } = await home.run(['login', 'demmo']);
    expect(code).toBe(2);
    expect(stderr).toBe('proxy: There is no provider "demmo". Did you mean "demo"?\n');
  });
});

// What these do to the provider and the authorization server would reach every other sign-in under way.
describe('proxy login where the provider goes wrong', () => {
  it('says so where the code has expired', async () => {
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    const address = await stage.authorization.consent(url, { login: 'ada', redirect: 'return' });
    stage.authorization.expireCodes();
    await (await fetch(address)).text();
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/expired.*(?:again|new)/i);
    expect(stderr).toContain('invalid_grant');
    await expectNothingLeft(home, redirectUri);
  });

  it('saves nothing that the provider refuses when it is tried', async () => {
    stage.provider.script('*', {
      kind: 'status',
      on: 'models',
      status: 403,
      complaint: { message: 'Your account has been suspended.' },
    });
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    await stage.authorization.consent(url, { login: 'ada' });
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Your account has been suspended.');
    await expectNothingLeft(home, redirectUri);
  });

  it('can be cancelled while the provider is asked, and leaves nothing behind', async () => {
    stage.provider.reset();
    stage.provider.script('*', { kind: 'nothing', on: 'models', how: 'hang' });
    const home = await stage.home();
    const { program, url, redirectUri } = await stage.beginLogin(home);
    await stage.authorization.consent(url, { login: 'ada' });
    await stage.provider.waitForCall(({ kind }) => kind === 'models');
    program.kill('SIGINT');
    expect((await program.ended).code).toBe(1);
    await expectNothingLeft(home, redirectUri);
  });
});
