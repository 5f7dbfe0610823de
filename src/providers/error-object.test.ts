import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusOfError } from './error-object.ts';

describe('the status that an error inside a stream stands for', () => {
  it.each<[unknown, number]>([
    [{ error: { message: 'Slow', type: 'tokens', code: 'rate_limit_exceeded' } }, 429],
    [{ message: 'Slow', type: 'requests', code: null }, 429],
    [{ error: { type: 'insufficient_quota', code: 'project_spend_limit_exceeded' } }, 429],
    [{ error: { type: 'invalid_request_error', code: 'invalid_api_key' } }, 401],
    [{ error: { type: 'invalid_request_error', code: 'something_new' } }, 400],
    [{ error: { type: 'server_error', code: 'server_is_overloaded' } }, 503],
    [{ error: { type: 'server_error', message: 'Sorry' } }, 500],
    [{ error: { code: 502, message: 'Provider disconnected' }, choices: [] }, 502],
    [{ error: { code: '429', message: 'Slow' } }, 429],
    [{ error: { code: 503, status: 'UNAVAILABLE' } }, 503],
    [{ error: { status: 'RESOURCE_EXHAUSTED' } }, 429],
    [[{ error: { code: 400, status: 'INVALID_ARGUMENT' } }], 400],
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529],
    [{ type: 'error', error: { type: 'rate_limit_error' } }, 429],
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow' }, 429],
    [{ type: 'response.failed', response: { error: { code: 'context_length_exceeded' } } }, 400],
    [{ error: 'overloaded_error' }, 529],
    [{ error: 'It broke.' }, 500],
    [{ error: { code: 200 } }, 500],
    [{ error: { code: 'constructor' } }, 500],
    [undefined, 500],
    ['', 500],
  ])('%j is %i', (error, status) => {
    expect(statusOfError(error)).toBe(status);
  });

  it('is always one of an error', () => {
    const anyError = fc.property(fc.oneof(fc.anything(), fc.record({ error: fc.anything() })), (error) => {
      const status = statusOfError(error);
      expect(status >= 400 && status <= 599 && Number.isInteger(status)).toBe(true);
    });
    fc.assert(anyError);
  });
});
