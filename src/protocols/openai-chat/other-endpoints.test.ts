import { describe, expect, it } from 'vitest';
import { RotaError } from '../../failure.ts';
import { openaiCompletions } from './completions.ts';
import { openaiEmbeddings } from './embeddings.ts';

const address = { rest: '', query: 'key=x' };

describe.each([openaiCompletions, openaiEmbeddings])('what is no conversation', (protocol) => {
  it.each<[string, object, object]>([
    ['a text', { model: 'm', prompt: 'def ', stream: true }, { stream: true }],
    ['a list', { model: 'm', input: ['a', 'b'] }, {}],
  ])('%s is sent to where its model is', (_, body, expected) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const { model, ...others } = protocol.peek(bytes, address);
    expect([model?.name, others]).toEqual(['m', expected]);
    expect(protocol.withModel(bytes, { ...others, ...(model ? { model } : {}) }, 'n').toString()).toContain(
      '"model":"n"',
    );
    expect(protocol.opening(bytes)).toBeUndefined();
  });

  it('is one JSON object', () => {
    expect(() => protocol.peek(Buffer.from('[]'), address)).toThrow(RotaError);
  });

  it('has an address of its own', () => {
    expect(protocol.path(address, 'm')).toMatch(/^\/(?:completions|embeddings)$/);
  });
});

describe('the vectors', () => {
  const meaning = (body: unknown) => openaiEmbeddings.meaningOfBody(Buffer.from(JSON.stringify(body))).kind;
  it('are content, and an error is one', () => {
    expect(meaning({ object: 'list', data: [{ embedding: [0.1] }] })).toBe('content');
    expect(meaning({ object: 'list', data: [{ embedding: Array.from({ length: 3000 }, () => 0.1) }] })).toBe(
      'content',
    );
    expect(meaning({ error: { message: 'No.' } })).toBe('error');
    expect(meaning('text')).toBe('error');
  });
});
