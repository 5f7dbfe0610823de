import { describe, expect, it } from 'vitest';
import { decodeAnswerFailure } from './openai-answer-failure.ts';

describe('an error of a server that only resembles OpenAI', () => {
  const detail = [
    { type: 'missing', loc: ['body', 'messages', 0, 'role'], msg: 'Field required' },
    { msg: 'Input should be a valid string' },
  ];
  it.each<[string, unknown, string]>([
    ['a text', { error: 'No such thing.' }, 'No such thing.'],
    ['a message', { message: 'No such thing.' }, 'No such thing.'],
    ['a detail', { detail: 'No such thing.' }, 'No such thing.'],
    ['a list of details', { detail }, 'body.messages.0.role: Field required; Input should be a valid string'],
    ['an empty list', { detail: [] }, 'The upstream answered with an error (422).'],
    ['a list of texts', { detail: ['?'] }, 'The upstream answered with an error (422).'],
  ])('that is %s is told in its own words', (_, body, message) => {
    expect(decodeAnswerFailure(422, JSON.stringify(body))).toEqual({ kind: 'invalid-request', message });
  });
});
