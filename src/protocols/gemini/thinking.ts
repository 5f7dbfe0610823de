import type { DropList } from '../../chat/dropped.ts';
import { effortOf, nearestEffort, readEffort } from '../../chat/effort.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { Effort, ReasoningWish } from '../../chat/request.ts';
import { flagOf, given, isRecord, numberOf, textOf } from '../json-value.ts';
import { member } from './member.ts';

/** Tokens for each effort, for the models that take a budget (ai.google.dev/gemini-api/docs/thinking). */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** Levels for each effort, for the models that take a level. */
const levels: Readonly<Record<Effort, Effort>> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

export function decodeThinking(config: unknown): ReasoningWish | undefined {
  if (!isRecord(config)) return undefined;
  const budget = numberOf(member(config, 'thinkingBudget'));
  const level = readEffort(textOf(member(config, 'thinkingLevel'))?.toLowerCase());
  const visible = flagOf(member(config, 'includeThoughts')) ?? false;
  // A negative budget leaves it to the model.
  const effort = level ?? (budget === 0 ? 'none' : undefined);
  const budgetTokens = budget !== undefined && budget > 0 ? budget : undefined;
  return { ...given({ effort, budgetTokens }), visible };
}

/** Level and budget exclude each other. Undefined where nothing is wished. */
export function encodeThinking(
  wish: ReasoningWish | undefined,
  facts: ModelFacts | undefined,
  drops: DropList,
): object | undefined {
  if (!wish) return undefined;
  if (facts?.thinking?.styles.length === 0) {
    if (effortOf(wish) !== 'none') drops.note('reasoning effort');
    return undefined;
  }
  const visible = wish.visible === true ? { includeThoughts: true } : {};
  const amount = takesBudget(facts) ? budgetOf(wish, facts) : levelOf(wish, facts);
  const config = { ...visible, ...amount };
  return Object.keys(config).length === 0 ? undefined : config;
}

/** All but the older models take a level. */
function takesBudget(facts: ModelFacts | undefined): boolean {
  const styles = facts?.thinking?.styles ?? [];
  return styles.includes('budget') && !styles.includes('effort');
}

function budgetOf(wish: ReasoningWish, facts: ModelFacts | undefined): object {
  const { minBudget = 0, maxBudget = budgets.max } = facts?.thinking ?? {};
  const wished = wish.budgetTokens ?? (wish.effort && budgets[wish.effort]);
  if (wished === undefined) return {};
  if (wished === 0 && facts?.thinking?.styles.includes('off')) return { thinkingBudget: 0 };
  const isMost = wish.budgetTokens === undefined && (wish.effort === 'xhigh' || wish.effort === 'max');
  return { thinkingBudget: isMost ? maxBudget : Math.min(maxBudget, Math.max(minBudget, wished)) };
}

function levelOf(wish: ReasoningWish, facts: ModelFacts | undefined): object {
  const effort = effortOf(wish);
  if (effort === undefined) return {};
  const taken = facts?.thinking?.efforts;
  const level = levels[effort];
  // Without a level in the middle the vendor takes it for the higher one.
  const wished = level === 'medium' && taken?.includes(level) === false ? 'high' : level;
  return { thinkingLevel: nearestEffort(wished, taken).toUpperCase() };
}
