import type { Complaint, Content, Usage } from './behaviour.ts';
import type { Called, Dialect, Generation, Speaker } from './dialect.ts';
import type { Frame, FrameRole } from './frames.ts';
import { isObject, recordsIn, textIn } from './json.ts';
import { speechOf, type Speech } from './speech.ts';

/** Gemini's generateContent as the provider speaks it. */
export const gemini: Dialect = {
  name: 'gemini',
  read: readGeminiRequest,
  whole(request, content, speaker) {
    const said = partsOf(speechOf(request, content, speaker), (pieces) =>
      pieces.length === 0 ? [] : [pieces.join('')],
    );
    const reason = content.without === 'finish' ? undefined : reasonOf(content);
    return JSON.stringify(chunk(request, content, speaker, said, reason));
  },
  frames: chunkFrames,
  // A stream has no last event.
  terminator: () => [],
  errorFrame: (error) => frame('error', { error }),
  count: (tokens) => ({ totalTokens: tokens }),
};

/** The neutral names of behaviours in this protocol's words. */
const REASONS: Readonly<Record<string, string>> = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP' };

function reasonOf({ finishReason = 'stop', refusal }: Content): string {
  return refusal === undefined || refusal === '' ? (REASONS[finishReason] ?? finishReason) : 'SAFETY';
}

function frame(role: FrameRole, value: object): Frame {
  return { role, data: JSON.stringify(value) };
}

type Pieces = readonly string[];

/** @param cut how texts come: in pieces in a stream, joined in a whole answer */
function partsOf(speech: Speech, cut: (pieces: Pieces) => Pieces = (pieces) => pieces): readonly object[] {
  return [
    ...cut(speech.reasoning).map((text) => ({ text, thought: true })),
    ...cut([...speech.text, ...speech.refusal]).map((text) => ({ text })),
    ...speech.calls.map(({ name, arguments: args }, index) => ({
      functionCall: { name, args: JSON.parse(args) as unknown },
      ...(index === 0 ? { thoughtSignature: 'c2ltdWxhdGVk' } : {}),
    })),
  ];
}

function usageMember(usage: Usage): object {
  const thoughts = usage.reasoningTokens ?? 0;
  return {
    promptTokenCount: usage.promptTokens,
    candidatesTokenCount: usage.completionTokens - thoughts,
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    totalTokenCount: usage.promptTokens + usage.completionTokens,
  };
}

function chunk(
  request: Generation,
  content: Content,
  speaker: Speaker,
  parts: readonly object[],
  finishReason?: string,
): object {
  const candidate = { content: { role: 'model', parts }, index: 0 };
  return {
    candidates: [finishReason === undefined ? candidate : { ...candidate, finishReason }],
    usageMetadata: usageMember(speechOf(request, content, speaker).usage),
    modelVersion: request.model,
    responseId: `gem_sim_${speaker.serial}`,
  };
}

function chunkFrames(request: Generation, content: Content, speaker: Speaker): Frame[] {
  const say = (role: FrameRole, parts: readonly object[], reason?: string): Frame =>
    frame(role, chunk(request, content, speaker, parts, reason));
  const frames = [
    say('opening', []),
    ...partsOf(speechOf(request, content, speaker)).map((part) => say('content', [part])),
  ];
  return content.without === 'finish'
    ? frames
    : [...frames, say('finish', [{ text: '' }], reasonOf(content))];
}

function refused(message: string): { readonly refused: Complaint } {
  return { refused: { message } };
}

/** Reads a body and refuses what Google refuses. */
function readGeminiRequest(body: unknown, called: Called): Generation | { readonly refused: Complaint } {
  if (!isObject(body)) return refused('The body must be a JSON object.');
  const { model = '', stream = false, inArray = false } = called;
  const inner = isObject(body['generateContentRequest']) ? body['generateContentRequest'] : body;
  const contents = recordsIn(inner['contents']);
  if (contents.length === 0) return refused('* GenerateContentRequest.contents: contents is not specified');
  if (contents.some(({ parts }) => recordsIn(parts).length === 0))
    return refused('* GenerateContentRequest.contents: contents.parts must not be empty.');
  const calls = countOf(contents, 'functionCall');
  if (calls !== countOf(contents, 'functionResponse')) {
    return refused(
      'Please ensure that the number of function response parts is equal to the number of function call parts.',
    );
  }
  const user = contents.findLast(({ role }) => role !== 'model');
  return { model, stream, inArray, includeUsage: true, lastUserText: textIn(user?.['parts']) };
}

function countOf(contents: ReturnType<typeof recordsIn>, member: string): number {
  return contents.flatMap(({ parts }) => recordsIn(parts)).filter((part) => part[member] !== undefined)
    .length;
}
