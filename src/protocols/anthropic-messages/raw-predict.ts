import { endOf, scanObject } from '../scan.ts';
import type { Variant } from '../protocol.ts';

/** What stands in the body there, in the place of the header of the same meaning. */
const VERSION = '"anthropic_version":"vertex-2023-10-16"';

/**
 * Messages as Vertex AI takes them (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai): the model and whether the
 * answer is streamed stand in the address, below the publisher's models, and the version in the body.
 */
export const rawPredict: Variant = {
  path: ({ model, stream }) =>
    `/models/${encodeURIComponent(model)}:${stream ? 'streamRawPredict' : 'rawPredict'}`,
  body(body) {
    const member = modelMember(body);
    if (member === undefined) return withVersion(body);
    return Buffer.concat([body.subarray(0, member.start), Buffer.from(VERSION), body.subarray(member.end)]);
  },
};

/** Counting: one address for all models, so that the model stays in the body. */
export const rawPredictCounting: Variant = {
  path: () => '/models/count-tokens:rawPredict',
  body: withVersion,
};

/** From the opening quote of the name to the end of the value. */
function modelMember(body: Buffer): { readonly start: number; readonly end: number } | undefined {
  const scan = scanObject(body, ['model']);
  const value = scan.kind === 'members' ? scan.members.get('model') : undefined;
  if (value === undefined) return undefined;
  // Between a value and its name stand nothing but a colon and white space, and a name is never long.
  const closing = body.lastIndexOf('"', value.start - 1);
  const opening = body.lastIndexOf('"', closing - 1);
  return { start: opening, end: endOf(body, value) };
}

function withVersion(body: Buffer): Buffer {
  const brace = body.indexOf('{') + 1;
  const comma = /^\s*\}/.test(body.toString('latin1', brace, brace + 100)) ? '' : ',';
  return Buffer.concat([body.subarray(0, brace), Buffer.from(VERSION + comma), body.subarray(brace)]);
}
