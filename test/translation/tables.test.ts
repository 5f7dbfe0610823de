import { describe, expect, it } from 'vitest';
import type { AnswerFailureKind } from '../../src/chat/event.ts';
import { outputSchema } from '../../src/protocols/anthropic-messages/output-schema.ts';
import { toGeminiJsonSchema } from '../../src/protocols/gemini/json-schema.ts';
import { toOpenApiSchema } from '../../src/protocols/gemini/open-api-schema.ts';
import { isObject, objectOf } from './clean.ts';
import { errorTable, schemaTable } from './fixtures.ts';
import { sameSchema } from './normalise-request.ts';
import { translatorOf, translators } from './translators.ts';

const schemas = schemaTable.flatMap(({ cases }) => cases);

describe('a schema', () => {
  it.each(schemas)('as Gemini takes it: $name', (row) => {
    expect(sameSchema(toGeminiJsonSchema(row.in))).toEqual(sameSchema(row.gemini_json_schema));
    expect(sameSchema(toOpenApiSchema(row.in))).toEqual(sameSchema(row.gemini_parameters));
  });

  it.each(schemas.filter((row) => isObject(row.messages_output)))(
    'as Messages takes it for an answer: $name',
    (row) => {
      expect(outputSchema(row.in)).toEqual(row.messages_output);
    },
  );

  it.each(schemas.filter((row) => row.messages_output === 'reject'))(
    'is refused for an answer of Messages: $name',
    (row) => {
      expect(() => outputSchema(row.in)).toThrowError(/response_format/);
    },
  );
});

const kinds: Readonly<Record<string, AnswerFailureKind>> = {
  invalid_request: 'invalid-request',
  context_length: 'context-length',
  too_large: 'too-large',
  upstream_auth: 'upstream-auth',
  permission: 'permission',
  model_not_found: 'model-not-found',
  rate_limit: 'rate-limit',
  quota: 'quota',
  overloaded: 'overload',
  server: 'server',
  timeout: 'timeout',
};

const errors = errorTable.flatMap(({ cases }) => cases).filter(({ upstream }) => translators.has(upstream));

describe("an upstream's error", () => {
  it.each(errors)('is understood: $name', ({ upstream, status, body, verdict }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(translatorOf(upstream).decodeFailure(status, text).kind).toBe(kinds[verdict.kind]);
  });
});

describe.each([...translators.keys()])('an error of %s that nobody can read', (name) => {
  it.each([
    [400, 'invalid-request'],
    [409, 'invalid-request'],
    [422, 'invalid-request'],
    [418, 'invalid-request'],
    [413, 'too-large'],
    [500, 'server'],
  ])('is what its status says: %i', (status, kind) => {
    expect(translatorOf(name).decodeFailure(status, '<html>').kind).toBe(kind);
  });
});

const told = errorTable.flatMap(({ kinds: rows }) =>
  Object.entries(rows).flatMap(([kind, shapes]) =>
    Object.entries(shapes)
      .flatMap(([protocol, shape]) =>
        (protocol === 'chat' ? ['chat', 'responses'] : [protocol]).map((name) => ({ name, shape })),
      )
      .filter(({ name }) => translators.has(name))
      .map(({ name, shape }) => ({ kind, protocol: name, shape })),
  ),
);

describe('a failure', () => {
  it.each(told)('$kind as a client of $protocol is told', ({ kind, protocol, shape }) => {
    const neutral = kinds[kind] ?? 'server';
    const { status, body } = translatorOf(protocol).encodeFailure({
      kind: neutral,
      message: 'Words of the upstream.',
    });
    const error = objectOf(objectOf(JSON.parse(body)).error);
    const [expectedStatus, word, code] = shape;
    expect(status).toBe(expectedStatus);
    expect(error.message).toContain('ords of the upstream.');
    if (protocol === 'gemini') expect(error).toMatchObject({ code: expectedStatus, status: word });
    else expect(error).toMatchObject(protocol === 'messages' ? { type: word } : { type: word, code });
  });
});
