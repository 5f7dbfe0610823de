import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { unauthorized } from '../simulator/faults.ts';
import { answeredBy, serve } from './daemon.ts';
import type { RunningProxy } from './daemon.ts';
import { leakedNames, leaksIn } from './files.ts';
import type { RotaHome } from './rota-home.ts';
import { MODEL } from './stage.ts';
import type { Stage } from './stage.ts';

/**
 * Signs in with a browser and with a key, serves, refreshes, starts again twice, and looks for secrets in every file
 * and in all that was printed.
 */
export async function expectWholeJourney(stage: Stage, home: RotaHome): Promise<void> {
  const apiKey = `sk-lab-${stage.tokens.length}-0123456789`;
  stage.provider.account(apiKey, { models: [MODEL] });
  expect(await stage.login(home, 'ada', '--label', 'ada')).toMatchObject({ code: 0 });
  const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`];
  const added = await home.run(['login', 'compatible', ...endpoint, '--api-key-stdin'], { stdin: apiKey });
  expect(added).toMatchObject({ code: 0 });
  const localKey = await home.done('key');

  const first = await serveLoudly(home);
  await expectBothAnswer(first, localKey);
  await expect(first.stop()).resolves.toBe(0);

  const second = await serveLoudly(home);
  await expectBothAnswer(second, localKey);
  const refreshes = refreshesAt(stage);
  await spoilToken(stage);
  await expectBothAnswer(second, localKey);
  expect(refreshesAt(stage)).toBe(refreshes + 1);
  await expect(second.stop()).resolves.toBe(0);

  // Only the refresh token that came last is worth anything: it must be the one that was stored.
  const third = await serveLoudly(home);
  await spoilToken(stage);
  await expectBothAnswer(third, localKey);
  expect(refreshesAt(stage)).toBe(refreshes + 2);
  await expect(third.stop()).resolves.toBe(0);
  expect(stage.authorization.calls.filter(({ status }) => status !== 200)).toEqual([]);

  const adminKey = await adminKeyOf(home);
  expect(stage.tokens.length).toBeGreaterThanOrEqual(6);
  const tokens = Object.fromEntries(stage.tokens.map((token, index) => [`token ${index}`, token]));
  const secrets = { ...tokens, apiKey, localKey, adminKey };
  await expect(leaksIn(home.root, secrets)).resolves.toEqual([]);
  expect(leakedNames(home.printed(), secrets)).toEqual([]);
}

const serveLoudly = (home: RotaHome): Promise<RunningProxy> =>
  serve(home, [], { env: { ROTA_LOG: 'debug' } });

async function expectBothAnswer(proxy: RunningProxy, key: string): Promise<void> {
  // The first ones may come before the other's models are known.
  const answers: string[] = [];
  for (let asked = 0; asked < 6; asked += 1) answers.push(await answeredBy(await proxy.chat({ key })));
  expect(new Set(answers)).toEqual(new Set(['ada', 'lab']));
}

const refreshesAt = ({ authorization }: Stage): number =>
  authorization.calls.filter(({ grantType }) => grantType === 'refresh_token').length;

/** The provider knows the access token no more that it has seen last. */
async function spoilToken({ provider, tokens }: Stage): Promise<void> {
  const used = provider.calls.findLast(({ key }) => key !== undefined && tokens.includes(key))?.key;
  if (used === undefined) throw new Error('No access token was used yet.');
  provider.always(used, unauthorized());
}

/** Commands send the admin key to whoever says that it is the running proxy, which this does. */
export async function adminKeyOf(home: RotaHome): Promise<string> {
  let key = '';
  const server = createServer((request, response) => {
    key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? key;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: 'rota', pid: process.pid, accounts: [] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const record = join(home.path, 'state', 'daemon.json');
  const { port } = server.address() as AddressInfo;
  await mkdir(join(home.path, 'state'), { recursive: true });
  await writeFile(record, JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid }));
  await home.run(['status', '--json']);
  await rm(record);
  server.closeAllConnections();
  server.close();
  if (key === '') throw new Error('No admin key was sent.');
  return key;
}
