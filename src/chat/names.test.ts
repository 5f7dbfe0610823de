import { describe, expect, it } from 'vitest';
import { legalCallId, withLegalCallIds } from './call-ids.ts';
import { makeToolNames } from './names.ts';
import type { Turn } from './request.ts';

function namesOf(...tools: readonly { name: string; namespace?: string }[]) {
  const names = makeToolNames({ tools: tools.map((tool) => ({ kind: 'function', ...tool })), turns: [] });
  return { names, wire: tools.map((tool) => names.onWire(tool)) };
}

describe('the name of a tool on the wire', () => {
  it.each([
    ['read_file', 'read_file'],
    ['mcp.server/read file', 'mcp_server_read_file'],
    ['1st', '_1st'],
    ['öffnen', '_ffnen'],
  ])('%s is %s', (name, wire) => {
    expect(namesOf({ name }).wire).toEqual([wire]);
  });

  it('is cut where it is too long, and told apart by a hash of the whole', () => {
    const long = 'x'.repeat(80);
    const { wire } = namesOf({ name: long }, { name: `${long}y` });
    expect(wire.map((name) => name.length)).toEqual([64, 64]);
    expect(new Set(wire).size).toBe(2);
    expect(wire[0]).toMatch(/^x{55}_[0-9a-f]{8}$/);
  });

  it('stays where it is legal, also behind one that would take it', () => {
    const { wire } = namesOf({ name: 'a.b' }, { name: 'a_b' });
    expect(wire[1]).toBe('a_b');
    expect(wire[0]).toMatch(/^a_b_[0-9a-f]{8}$/);
  });

  it('has its namespace before it, and leads back to both', () => {
    const { names, wire } = namesOf({ name: 'status', namespace: 'git' });
    expect(wire).toEqual(['git__status']);
    expect(names.originals.get('git__status')).toEqual({
      name: 'status',
      namespace: 'git',
      kind: 'function',
    });
  });

  it('is the same for a call in the history as for the tool, and for a tool that is gone', () => {
    const call = { type: 'tool-call', id: 'a', name: 'a.b', kind: 'function', input: '' } as const;
    const turns: readonly Turn[] = [{ role: 'assistant', parts: [call] }];
    const names = makeToolNames({ tools: [{ kind: 'function', name: 'a.b' }], turns });
    expect(names.onWire(call)).toBe('a_b');
    expect(makeToolNames({ tools: [], turns }).originals.get('a_b')?.name).toBe('a.b');
  });
});

describe('the id of a call', () => {
  const rule = { maxLength: 40, prefix: 'call_' };

  it('stays where it is legal', () => {
    expect(legalCallId('toolu_01A-b', rule)).toBe('toolu_01A-b');
  });

  it.each(['', 'with space', 'x'.repeat(41), 'ключ'])('is made of its hash, always the same: %s', (id) => {
    expect(legalCallId(id, rule)).toMatch(/^call_[0-9A-Za-z]{24}$/);
    expect(legalCallId(id, rule)).toBe(legalCallId(id, rule));
  });

  it('is unique in a conversation whose server counts anew in every turn, and the same for call and result', () => {
    const round: readonly Turn[] = [
      {
        role: 'assistant',
        parts: [{ type: 'tool-call', id: 'call_0', name: 'f', kind: 'function', input: '' }],
      },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'call_0', parts: [], isError: false }] },
    ];
    const ids = withLegalCallIds([...round, ...round], rule).flatMap((turn) =>
      turn.parts.map((part) =>
        part.type === 'tool-call' ? part.id : part.type === 'tool-result' ? part.callId : '',
      ),
    );
    expect(ids[0]).toBe('call_0');
    expect(ids[1]).toBe(ids[0]);
    expect(ids[3]).toBe(ids[2]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});
