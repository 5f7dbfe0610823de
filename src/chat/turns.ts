import { refusal } from './dropped.ts';
import type { ToolCallPart, ToolResultPart } from './part.ts';
import type { AssistantTurn, SystemTurn, Turn } from './request.ts';

/**
 * Puts the results of each assistant turn's calls right behind it, all of them, in the order of the calls: every
 * protocol can be written from that. Of several results for one call the last counts.
 * @throws RotaError of kind `invalid-request` for a call without a result, or a result without a call
 */
export function settleTurns(turns: readonly Turn[]): readonly Turn[] {
  if (
    !turns.some((turn) => turn.role === 'tool' || (turn.role === 'assistant' && callsOf(turn).length > 0))
  ) {
    return turns;
  }
  const results = pairResults(turns);
  return turns.flatMap((turn): readonly Turn[] => {
    if (turn.role === 'tool') return [];
    const calls = turn.role === 'assistant' ? callsOf(turn) : [];
    if (turn.role !== 'assistant' || calls.length === 0) return [turn];
    const parts = calls.map((call) => results.get(turn)?.get(call.id) ?? unanswered(call));
    return [turn, { role: 'tool', parts }];
  });
}

function pairResults(turns: readonly Turn[]): ReadonlyMap<Turn, ReadonlyMap<string, ToolResultPart>> {
  const byTurn = new Map<Turn, Map<string, ToolResultPart>>();
  const latest = new Map<string, Map<string, ToolResultPart>>();
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      const own = new Map<string, ToolResultPart>();
      byTurn.set(turn, own);
      for (const call of callsOf(turn)) latest.set(call.id, own);
    }
    if (turn.role !== 'tool') continue;
    for (const result of turn.parts) {
      const own = latest.get(result.callId);
      if (!own) throw orphan(result.callId);
      own.set(result.callId, result);
    }
  }
  return byTurn;
}

export function callsOf(turn: AssistantTurn): readonly ToolCallPart[] {
  return turn.parts.filter((part) => part.type === 'tool-call');
}

function orphan(id: string): Error {
  return refusal(
    'messages',
    `The tool result for '${id}' has no call before it. Send the assistant's turn with that call as well.`,
  );
}

function unanswered({ id, name }: ToolCallPart): never {
  throw refusal(
    'messages',
    `The call '${id}' of the tool '${name}' has no result. Send its result before the conversation goes on.`,
  );
}

/** What is said to the model before the conversation begins, apart from the rest. */
export function splitLeading(turns: readonly Turn[]): {
  readonly leading: readonly SystemTurn[];
  readonly rest: readonly Turn[];
} {
  const first = turns.findIndex((turn) => turn.role !== 'system');
  const end = first < 0 ? turns.length : first;
  const leading = turns.slice(0, end).filter((turn): turn is SystemTurn => turn.role === 'system');
  return { leading, rest: turns.slice(end) };
}

/** How a system turn in the middle is told where the protocol knows none there. */
export function systemAsUserText(turn: SystemTurn): string {
  return `<system>${turn.parts.map(({ text }) => text).join('\n\n')}</system>`;
}
