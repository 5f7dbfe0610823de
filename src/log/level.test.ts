import { describe, expect, test } from 'vitest';
import { RotaError } from '../failure.ts';
import { logThreshold } from './level.ts';

describe('logThreshold', () => {
  test.each([
    [undefined, 'info'],
    ['', 'info'],
    ['error', 'error'],
    ['WARN', 'warn'],
    ['info', 'info'],
    ['debug', 'debug'],
    ['silent', 'silent'],
  ])('reads %j as %s', (value, threshold) => {
    expect(logThreshold(value)).toBe(threshold);
  });

  test.each(['verbose', 'warning', '1', 'constructor', ' info'])(
    'refuses %j and names the right values',
    (value) => {
      expect(() => logThreshold(value)).toThrow(RotaError);
      expect(() => logThreshold(value)).toThrow(/ROTA_LOG.*silent, error, warn, info, debug/);
    },
  );
});
