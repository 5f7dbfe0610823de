import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { serviceName } from './service-name.ts';

it('is plain for the default home, and one of its own for every other', () => {
  expect(serviceName(undefined)).toBe('rota');
  expect(serviceName('')).toBe('rota');
  expect(serviceName('/srv/a')).toMatch(/^rota-[0-9a-f]{8}$/);
  expect(serviceName('/srv/a')).not.toBe(serviceName('/srv/b'));
  expect(serviceName('here')).toBe(serviceName(resolve('here')));
  expect(serviceName('/srv/a/')).toBe(serviceName('/srv/a'));
});
