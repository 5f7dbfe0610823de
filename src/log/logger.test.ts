import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { LogThreshold } from './level.ts';
import { createLogger, silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { humanRender, renderJson } from './render.ts';
import type { Render } from './render.ts';
import { stderrLog } from './stderr.ts';

const noon = new Date(2026, 2, 4, 12, 31, 5).getTime();
const plainRender = humanRender({ colour: false });

function logging(render: Render, threshold: LogThreshold = 'info'): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const clock = { now: () => noon };
  const logger = createLogger({ threshold, render, clock, sink: (line) => lines.push(line) });
  return { logger, lines };
}

/** The one line that `info` writes for these words. */
function line(render: Render, message: string, fields?: Record<string, unknown>): string {
  const { logger, lines } = logging(render);
  logger.info(message, fields);
  expect(lines).toHaveLength(1);
  return lines.join('');
}

function json(fields: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(line(renderJson, 'm', fields)) as Record<string, unknown>;
}

describe('levels', () => {
  test.each<[LogThreshold, string[]]>([
    ['silent', []],
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ])('%s writes %j', (threshold, written) => {
    const { logger, lines } = logging(renderJson, threshold);
    for (const level of ['error', 'warn', 'info', 'debug'] as const) {
      logger[level]('m');
      expect(logger.enabled(level)).toBe(written.includes(level));
    }
    expect(lines.map((text) => (JSON.parse(text) as { level: string }).level)).toEqual(written);
  });

  test('a level that is off does not look at its fields', () => {
    const fields = {
      get costly(): string {
        throw new Error('looked at');
      },
    };
    const { logger, lines } = logging(renderJson, 'error');
    logger.debug('m', fields);
    silentLogger.error('m', fields);
    expect(lines).toEqual([]);
  });
});

describe('JSON lines', () => {
  test('hold the time, the level, the message and the fields', () => {
    expect(
      JSON.parse(line(renderJson, 'answered', { account: 'ada', ms: 12, retried: false, near: ['a'] })),
    ).toEqual({
      time: new Date(noon).toISOString(),
      level: 'info',
      message: 'answered',
      account: 'ada',
      ms: 12,
      retried: false,
      near: ['a'],
    });
  });

  test('a field cannot take the place of the time, the level or the message', () => {
    expect(json({ level: 'error', message: 'x', time: 1 })).toMatchObject({
      level: 'info',
      message: 'm',
      level_: 'error',
      message_: 'x',
      time_: 1,
    });
  });

  test('give every kind of value a form', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const thrower = {
      toJSON() {
        throw new Error('no');
      },
    };
    const fields = json({
      gone: undefined,
      none: null,
      big: 12n,
      nan: NaN,
      when: new Date(0),
      body: Buffer.from('the body itself'),
      fn: () => 1,
      thrower,
      circle,
      many: Array.from({ length: 60 }, (_, index) => index),
      long: 'x'.repeat(5000),
    });
    expect(fields).not.toHaveProperty('gone');
    expect(fields).toMatchObject({
      none: null,
      big: '12',
      nan: 'NaN',
      when: '1970-01-01T00:00:00.000Z',
      body: '[15 bytes]',
      fn: '[function]',
      thrower: '[unprintable]',
      circle: { self: { self: { self: '[…]' } } },
      long: expect.stringMatching(/^x{4000}… \(1000 more characters\)$/),
    });
    expect(fields['many']).toHaveLength(51);
  });

  test('tell an error by name, message, code and cause, with its stack at debug only', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause });
    expect(json({ error })['error']).toEqual({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED' },
    });
    const { logger, lines } = logging(renderJson, 'debug');
    logger.warn('m', { error });
    expect(JSON.parse(lines.join(''))).toMatchObject({
      error: { stack: expect.stringContaining('logger.test') },
    });
  });

  test('tell a failure by its kind', () => {
    const error = new RotaError({ kind: 'no-daemon', message: 'No daemon runs.' });
    expect(json({ error })['error']).toEqual({ name: 'no-daemon', message: 'No daemon runs.' });
  });

  test('survive fields that throw', () => {
    const fields = {
      get broken(): string {
        throw new Error('no');
      },
    };
    expect(json(fields)).toMatchObject({ message: 'm', fields: '[unprintable]' });
  });
});

describe('lines for people', () => {
  test('are short', () => {
    const fields = {
      account: 'ada@example.com',
      model: 'a/b-1.5',
      ms: 12,
      why: 'too many requests',
      empty: '',
    };
    expect(line(plainRender, 'switched', fields)).toBe(
      '12:31:05 info  switched  account=ada@example.com model=a/b-1.5 ms=12 why="too many requests" empty=""',
    );
    expect(line(plainRender, 'ready')).toBe('12:31:05 info  ready');
  });

  test('tell an error as a sentence, and other objects as JSON', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const fields = {
      error: new TypeError('fetch failed', { cause }),
      windows: { day: 0.5 },
      list: ['a b', 1],
    };
    expect(line(plainRender, 'm', fields)).toBe(
      '12:31:05 info  m  error="TypeError: fetch failed (Error: refused [ECONNREFUSED])" windows={"day":0.5} list=["a b",1]',
    );
  });

  test('have colour where it is wanted, and say the same', () => {
    const coloured = line(humanRender({ colour: true }), 'm', { a: 1 });
    expect(coloured).toContain('\u001b[36minfo ');
    // oxlint-disable-next-line no-control-regex -- that is what colour is made of
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(line(plainRender, 'm', { a: 1 }));
  });
});

describe.each([
  ['JSON', renderJson],
  ['people', plainRender],
])('whatever is logged for %s', (_, render) => {
  test('is one line without a character that a terminal obeys', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '\n',
          '\r',
          '\u001b',
          '\u009b',
          '\u2028',
          '\u202e',
          '\u0000',
          '\u007f',
          '"',
          '\\',
          '=',
          ' ',
        ),
        fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
      ),
    });
    fc.assert(
      fc.property(nasty, fc.dictionary(nasty, fc.oneof(nasty, fc.array(nasty))), (message, fields) => {
        expect(line(render, message, fields)).not.toMatch(/[\p{Cc}\u2028-\u202E\u2066-\u2069]/u);
      }),
    );
  });

  test('holds no secret, wherever it stands', () => {
    const token = 'sk-AbCdEf0123456789';
    const secret = new Secret('hunter2');
    const text = line(render, `failed with ${token}`, {
      secret,
      nested: { list: [secret, token], authorization: 'hunter2', 'x-api-key': 'hunter2' },
      accessToken: 'hunter2',
      error: new Error(`bad ${token}`, { cause: new Error(token) }),
      url: 'https://a.example/?key=hunter2',
      [token]: 1,
      inputTokens: 7,
    });
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('AbCdEf');
    expect(text).toContain('[secret]');
    expect(text).toMatch(/inputTokens"?[=:]7/);
  });
});

describe('stderrLog', () => {
  function stream(isTTY: boolean) {
    const texts: string[] = [];
    return { isTTY, texts, write: (text: string) => texts.push(text), on: () => {} };
  }

  const aTurn = () => new Promise((resolve) => setImmediate(resolve));

  async function written(isTTY: boolean, env: Record<string, string>): Promise<string> {
    const target = stream(isTTY);
    createLogger({ threshold: 'info', clock: { now: () => noon }, ...stderrLog(target, env) }).info('m');
    await aTurn();
    return target.texts.join('');
  }

  test('puts the lines of one turn together, in order, and holds back nothing grave', async () => {
    const target = stream(false);
    const logger = createLogger({
      threshold: 'debug',
      clock: { now: () => noon },
      ...stderrLog(target, {}),
      render: ({ message }) => message,
    });
    logger.info('one');
    logger.debug('two');
    expect(target.texts).toEqual([]);
    await aTurn();
    expect(target.texts).toEqual(['one\ntwo\n']);
    logger.info('three');
    logger.error('four');
    expect(target.texts.slice(1)).toEqual(['three\nfour\n']);
    await aTurn();
    logger.warn('five');
    expect(target.texts.slice(2)).toEqual(['five\n']);
  });

  test('writes for people on a terminal, and JSON elsewhere', async () => {
    expect(await written(true, { NO_COLOR: '1' })).toBe('12:31:05 info  m\n');
    expect(JSON.parse(await written(false, {}))).toMatchObject({ message: 'm' });
  });

  test.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '0' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('on a terminal %s with %o, colour is %s', async (isTTY, env, coloured) => {
    expect((await written(isTTY, env)).includes('\u001b[')).toBe(coloured);
  });

  test('a reader that went away ends the log and nothing else', async () => {
    let writes = 0;
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        writes++;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const closed = new Promise((resolve) => broken.once('close', resolve));
    const { sink } = stderrLog(Object.assign(broken, { isTTY: false }), {});
    sink('first', 'error');
    await closed;
    sink('second', 'error');
    expect(writes).toBe(1);
  });

  test('a write that throws is survived, and the next one tried', () => {
    const texts: string[] = [];
    const { sink } = stderrLog(
      {
        write(text) {
          if (texts.push(text) === 1) throw Object.assign(new Error('write EAGAIN'), { code: 'EAGAIN' });
        },
        on: () => {},
      },
      {},
    );
    sink('first', 'error');
    sink('second', 'error');
    expect(texts).toEqual(['first\n', 'second\n']);
  });
});
