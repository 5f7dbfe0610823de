import { describe, expect, it } from 'vitest';
import type { ModelFacts } from '../../src/chat/model-facts.ts';
import { RotaError } from '../../src/failure.ts';
import { rejectTable, requestFixtures } from './fixtures.ts';
import { normaliseRequest } from './normalise-request.ts';
import { decodeWireRequest } from './translate.ts';
import { translatorOf, translators } from './translators.ts';

/** The fixtures' conditions in our words. */
function factsOf(assume: Readonly<Record<string, unknown>>): ModelFacts {
  return {
    ...(typeof assume.max_tokens_default === 'number'
      ? { defaultOutputTokens: assume.max_tokens_default }
      : {}),
    ...(assume.thinking === 'adaptive or disabled' ? { thinking: { styles: ['effort', 'off'] } } : {}),
    ...flags(assume, {
      sampling_params: 'sampling',
      mid_conversation_system: 'midConversationSystem',
      automatic_cache_control: 'automaticCacheControl',
      developer_role: 'developerRole',
      custom_tools: 'customTools',
      reasoning_effort_with_tools: 'effortWithTools',
      json_schema_fields: 'jsonSchemaFields',
      function_response_parts: 'functionResponseParts',
      json_output_with_tools: 'jsonOutputWithTools',
    }),
  };
}

type Flag = {
  [Fact in keyof ModelFacts]-?: boolean extends NonNullable<ModelFacts[Fact]> ? Fact : never;
}[keyof ModelFacts];

function flags(
  assume: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, Flag>>,
): Partial<Record<Flag, boolean>> {
  const known = Object.entries(names).filter(([name]) => typeof assume[name] === 'boolean');
  return Object.fromEntries(known.map(([name, fact]) => [fact, assume[name] === true]));
}

const translations = requestFixtures.flatMap((fixture) =>
  Object.keys(fixture.upstream)
    .filter((upstream) => translators.has(upstream) && translators.has(fixture.inbound))
    .map((upstream) => ({ name: `${fixture.id} for an upstream of ${upstream}`, fixture, upstream })),
);

/** What the fixtures say is lost, in the names that are reported; what is no loss has none. */
const reportedAs: Readonly<Record<string, string | undefined>> = {
  seed: 'seed',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  verbosity: 'verbosity',
  prompt_cache_key: 'prompt_cache_key',
  safety_identifier: 'safety_identifier',
  'metadata.user_id': 'safety_identifier',
  parallel_tool_calls: undefined,
  safetySettings: 'safetySettings',
  'image detail': 'image detail',
  'tools[].function.strict': 'tools[].strict',
  'tools[].strict': 'tools[].strict',
  'thinking block in history': 'reasoning in history',
  'reasoning item': 'reasoning in history',
  'thought parts': 'reasoning in history',
  cache_control: 'cache_control',
  'format name/strict': 'response_format name and strict',
};

describe('a request, from one protocol to another', () => {
  it.each(translations)('$name', ({ fixture, upstream }) => {
    const [from, to] = [translatorOf(fixture.inbound), translatorOf(upstream)];
    const assume = fixture.assume[upstream] ?? {};
    const expected = fixture.upstream[upstream];
    const model = String(assume.model);
    const request = decodeWireRequest(from, fixture.request);
    const encoded = to.encodeRequest(request, { model, facts: factsOf(assume), reasoningState: 'foreign' });
    const isUnnamed = fixture.inbound === 'gemini';
    expect(normaliseRequest(JSON.parse(encoded.body), isUnnamed)).toEqual(
      normaliseRequest(expected?.body, isUnnamed),
    );
    expect(expected?.path.endsWith(encoded.path), encoded.path).toBe(true);
    const names = encoded.dropped.map(({ name }) => name);
    const lost = (fixture.dropped[upstream] ?? []).flatMap((what) => reportedAs[what] ?? []);
    expect(names).toEqual(expect.arrayContaining([...new Set(lost)]));
  });
});

const rejections = rejectTable.flatMap(({ cases }) =>
  cases.flatMap((row) =>
    row.targets
      .filter((target) => translators.has(target) && translators.has(row.inbound))
      .map((target) => ({ ...row, target, title: `${row.name}: ${row.inbound} to ${target}` })),
  ),
);

describe('a request that would mean something else', () => {
  it.each(rejections)('is refused by name: $title', ({ inbound, target, body, model, expect: expected }) => {
    const path = model === undefined ? '' : `/v1beta/models/${model}:generateContent`;
    const attempt = () => {
      const request = decodeWireRequest(translatorOf(inbound), { path, body });
      translatorOf(target).encodeRequest(request, { model: 'm', reasoningState: 'foreign' });
    };
    expect(attempt).toThrowError(RotaError);
    try {
      attempt();
    } catch (error) {
      const failure = error instanceof RotaError ? error.failure : undefined;
      expect(failure).toMatchObject({
        kind: 'invalid-request',
        message: expect.stringContaining(expected.names),
      });
    }
  });
});
