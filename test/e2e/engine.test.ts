import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { errorOf, generations, HELLO, MODEL, stage, standingClock, type Scene } from './scene.ts';

const OTHER = 'gpt-5.5-mini';

interface Why {
  readonly request: string;
  readonly answeredBy?: string;
  readonly failure?: string;
  readonly steps: readonly {
    readonly kind: string;
    readonly account?: string;
    readonly because?: string;
    readonly reason?: string;
    readonly rests?: string;
    readonly waitFrom?: string;
    readonly considered?: readonly {
      readonly account: string;
      readonly state: string;
      readonly reason?: string;
    }[];
  }[];
}

async function control(scene: Scene, path: string, method = 'GET'): Promise<Response> {
  const { url, adminKey } = scene.rota;
  return fetch(url + path, { method, headers: { authorization: `Bearer ${adminKey}` } });
}

const why = async (scene: Scene, request?: string): Promise<Why> =>
  (await (await control(scene, `/-/why${request === undefined ? '' : `?request=${request}`}`)).json()) as Why;

describe('mixed causes', () => {
  test('give one answer with the soonest recovery and each one’s reason', async () => {
    const scene = await stage({
      accounts: ['one', 'two', 'three'],
      clock: standingClock(),
      settings: { requestRetry: 0, routing: { strategy: 'fill-first', affinity: false } },
    });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 40 }));
    scene.simulator.script('key-two', faults.unauthorized());
    scene.simulator.script('key-three', faults.overloaded({ seconds: 20 }));
    const answer = await scene.chat();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '20']);
    const reasons = errorOf(answer).accounts?.map(({ account, reason }) => `${account} ${reason}`);
    expect(reasons).toEqual(['one throttle', 'two auth', 'three overload']);
  });
});

describe('a throttle that all accounts of a provider meet at once', () => {
  test('benches none of them: as soon as it is over, each is used again', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.rateLimited());
    scene.simulator.script('key-two', faults.rateLimited());
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([200, '3']);
    for (const label of ['one', 'two']) expect((await scene.account(label)).rests).toEqual([]);
  });
});

describe('after a rest', () => {
  test('one request tries the account, and the others wait for what comes of it', async () => {
    const scene = await stage({ accounts: ['one'], clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    expect((await scene.chat()).status).toBe(429);
    scene.clock.advance(20_000);
    scene.simulator.script('key-one', faults.answer({ headersAfterMs: 150 }));
    const answers = await Promise.all([scene.chat(), scene.chat(), scene.chat()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [, tried = 0, ...others] = generations(scene.simulator).map(({ at }) => at);
    expect(others).toHaveLength(2);
    for (const at of others) expect(at - tried).toBeGreaterThan(100);
  });

  test('where it fails, no other request of the herd meets the limit', async () => {
    const scene = await stage({ accounts: ['one'], clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    await scene.chat();
    scene.clock.advance(20_000);
    scene.simulator.always('key-one', {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '30' },
      headersAfterMs: 50,
    });
    const answers = await Promise.all([scene.chat(), scene.chat(), scene.chat(), scene.chat()]);
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect(scene.asked()).toHaveLength(2);
  });
});

describe('slots', () => {
  test('an account never has more under way than it may, and everyone is served', async () => {
    const settings = { routing: { strategy: 'fill-first', affinity: false, maxConcurrent: 1 } };
    const scene = await stage({ accounts: ['one'], settings });
    scene.simulator.always('key-one', faults.answer({ headersAfterMs: 100 }));
    const answers = await Promise.all(Array.from({ length: 5 }, () => scene.chat()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const begun = generations(scene.simulator).map(({ at }) => at);
    begun.slice(1).forEach((at, before) => expect(at - (begun[before] ?? 0)).toBeGreaterThan(80));
  });

  test('the queue has an end, and says so', async () => {
    const settings = { routing: { strategy: 'fill-first', affinity: false, maxConcurrent: 1, maxQueued: 0 } };
    const scene = await stage({ accounts: ['one'], settings });
    scene.simulator.script('key-one', faults.answer({ headersAfterMs: 300 }));
    const first = scene.chat();
    await scene.call('one');
    const refused = await scene.chat();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(errorOf(refused).accounts?.[0]?.reason).toBe('busy');
    expect((await first).status).toBe(200);
  });
});

describe('fallbacks', () => {
  const settings = {
    routing: { strategy: 'fill-first', affinity: false },
    models: { fallbacks: { [MODEL]: [OTHER] } },
  };

  test('answer when every account of the model is spent, and the answer says which model it was', async () => {
    const scene = await stage({ models: [MODEL, OTHER], settings, clock: standingClock() });
    expect((await scene.chat()).headers['x-rota-model']).toBe(MODEL);
    scene.simulator.script('key-one', faults.modelNotFound(MODEL));
    scene.simulator.script('key-two', faults.modelNotFound(MODEL));
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-model']]).toEqual([200, OTHER]);
  });

  test('serve a model that no account has', async () => {
    const scene = await stage({ models: [OTHER], settings });
    const answer = await scene.chat({ ...HELLO });
    expect([answer.status, answer.headers['x-rota-model']]).toEqual([200, OTHER]);
  });
});

describe('holdMs', () => {
  test('a client that would rather wait gets its answer after the rest', async () => {
    const settings = { routing: { strategy: 'fill-first', affinity: false, holdMs: 60_000 } };
    const scene = await stage({ accounts: ['one'], settings });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 1 }));
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([200, '2']);
  });
});

describe('the disk', () => {
  const restFile = ({ rota }: Scene) => access(join(rota.home, 'state', 'rests.json'));

  test('is not written to by requests that teach nothing', async () => {
    const scene = await stage();
    for (let turn = 0; turn < 20; turn += 1) expect((await scene.chat()).status).toBe(200);
    await scene.rota.stop();
    await expect(restFile(scene)).rejects.toThrow('ENOENT');
  });

  test('keeps what a request taught, though the proxy ends at once', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    expect((await scene.chat()).status).toBe(200);
    await scene.rota.stop();
    await expect(restFile(scene)).resolves.toBeUndefined();
  });
});

describe('why', () => {
  test('tells what was considered, tried, answered, and who rests on whose word', async () => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    const answer = await scene.chat();
    const told = await why(scene, String(answer.headers['x-request-id']));
    expect(told.answeredBy).toBe('two');
    expect(told.steps.map(({ kind, account }) => `${kind} ${account}`)).toEqual([
      'sent one',
      'failed one',
      'sent two',
      'answered two',
    ]);
    expect(told.steps[1]).toMatchObject({ reason: 'throttle', rests: 'one', waitFrom: 'retry-after' });
    expect((await why(scene)).request).toBe(told.request);
  });

  test('does not know a request that never came', async () => {
    const scene = await stage();
    expect((await control(scene, '/-/why?request=req_nothing')).status).toBe(404);
  });
});
