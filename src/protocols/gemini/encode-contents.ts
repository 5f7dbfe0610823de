import { parseArguments, wrapCustomInput } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { AssistantPart, ReasoningPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts';
import type { AssistantTurn, ToolTurn, Turn } from '../../chat/request.ts';
import { callsOf, systemAsUserText } from '../../chat/turns.ts';
import { encodeContent, nativePart } from './encode-content.ts';
import { signaturesOf } from './signature.ts';
import { noSignature, protocolName, stateSource } from './wire-name.ts';

export interface ContentTarget {
  readonly names: ToolNames;
  readonly drops: DropList;
  /** Whether reasoning state of this protocol comes from the account that is asked now. */
  readonly keepsState: boolean;
  /** Whether results may hold images and files. */
  readonly resultParts: boolean;
  /** Whether calls in the history must carry a signature. */
  readonly signsCalls: boolean;
}

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: readonly object[];
  /** Holds results: nothing else may be put to it. */
  readonly isResults?: true;
}

/** The conversation. The user's turns are merged, but never with the results of calls. */
export function encodeContents(turns: readonly Turn[], target: ContentTarget): readonly object[] {
  const contents: Content[] = [];
  let calls: readonly ToolCallPart[] = [];
  for (const turn of turns) {
    if (turn.role === 'assistant') calls = callsOf(turn);
    for (const content of encodeTurn(turn, calls, target)) add(contents, content);
  }
  // A conversation begins with the user.
  if (contents[0]?.role !== 'user') contents.unshift({ role: 'user', parts: [{ text: '(continued)' }] });
  return contents.map(({ role, parts }) => ({ role, parts }));
}

function add(contents: Content[], content: Content): void {
  if (content.parts.length === 0) return;
  const last = contents.at(-1);
  const isMore = last?.role === content.role && content.role === 'user' && !last.isResults;
  if (!last || !isMore || content.isResults) contents.push(content);
  else contents[contents.length - 1] = { ...last, parts: [...last.parts, ...content.parts] };
}

function encodeTurn(turn: Turn, calls: readonly ToolCallPart[], target: ContentTarget): readonly Content[] {
  noteMarks(marked(turn), protocolName, target.drops);
  switch (turn.role) {
    case 'system':
      return [{ role: 'user', parts: [{ text: systemAsUserText(turn) }] }];
    case 'user':
      return [{ role: 'user', parts: encodeContent(turn.parts, target.drops) }];
    case 'assistant':
      return [{ role: 'model', parts: encodeModelParts(turn, target) }];
    case 'tool':
      return encodeResults(turn, calls, target);
  }
}

/** All that may carry marks of another protocol. */
function marked(turn: Turn): readonly object[] {
  return turn.role === 'tool' ? turn.parts.flatMap((result) => [result, ...result.parts]) : turn.parts;
}

function encodeModelParts(turn: AssistantTurn, target: ContentTarget): readonly object[] {
  const signatures = new Map(
    turn.parts.flatMap((part) => (part.type === 'reasoning' ? signatureEntries(part, target) : [])),
  );
  // Without one, calls that another model made would be refused.
  if (target.signsCalls && !signatures.has(0)) signatures.set(0, noSignature);
  let place = 0;
  return turn.parts.flatMap((part): readonly object[] => {
    if (part.type !== 'tool-call') return encodeModelPart(part, target);
    const thoughtSignature = signatures.get(place);
    place += 1;
    const call = { functionCall: encodeCall(part, target) };
    return [thoughtSignature === undefined ? call : { ...call, thoughtSignature }];
  });
}

function signatureEntries(
  { state }: ReasoningPart,
  { keepsState, drops }: ContentTarget,
): readonly (readonly [number, string])[] {
  if (state?.source === stateSource && keepsState) return [...signaturesOf(state)];
  drops.note('reasoning in history');
  return [];
}

/** Thoughts are not sent back: the signature stands for them. */
function encodeModelPart(
  part: Exclude<AssistantPart, ToolCallPart>,
  { drops }: ContentTarget,
): readonly object[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
      return encodeContent([part], drops);
    case 'reasoning':
      return [];
    case 'native':
      if (part.protocol !== protocolName) throw cannotCarry(part.param);
      return [nativePart(part.value)];
  }
}

function encodeCall(call: ToolCallPart, { names }: ContentTarget): object {
  const text = call.kind === 'custom' ? wrapCustomInput(call.input) : call.input;
  return { id: call.id, name: names.onWire(call), args: parseArguments(text) };
}

/** The results in one content of their own; what they hold besides text follows in one of the user's where it must. */
function encodeResults(
  turn: ToolTurn,
  calls: readonly ToolCallPart[],
  target: ContentTarget,
): readonly Content[] {
  const results = turn.parts.map((result) => {
    const call = calls.find(({ id }) => id === result.callId);
    const name = call ? target.names.onWire(call) : result.callId;
    return { id: result.callId, name, result };
  });
  const parts = results.map(({ id, name, result }) => ({
    functionResponse: { id, name, ...encodeResult(result, target) },
  }));
  const hoisted = target.resultParts ? [] : results.flatMap(({ result }) => hoist(result, target));
  return [
    { role: 'user', parts, isResults: true },
    { role: 'user', parts: hoisted },
  ];
}

function encodeResult(result: ToolResultPart, target: ContentTarget): object {
  const text = result.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  const media = target.resultParts ? encodeMedia(result, target) : [];
  return {
    response: result.isError ? { error: text } : { output: text },
    ...(media.length === 0 ? {} : { parts: media }),
  };
}

function encodeMedia({ parts }: ToolResultPart, { drops }: ContentTarget): readonly object[] {
  return encodeContent(
    parts.filter(({ type }) => type !== 'text'),
    drops,
  );
}

function hoist(result: ToolResultPart, target: ContentTarget): readonly object[] {
  const media = encodeMedia(result, target);
  return media.length === 0 ? [] : [{ text: `Returned by tool call ${result.callId}:` }, ...media];
}
