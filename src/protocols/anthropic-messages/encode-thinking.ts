import type { DropList } from '../../chat/dropped.ts';
import { effortOf, nearestEffort } from '../../chat/effort.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { ChatRequest, Effort, ToolChoice } from '../../chat/request.ts';
import type { EncodeTarget } from '../translator.ts';
import { stateSource } from './wire-name.ts';

const MIN_BUDGET_TOKENS = 1024;
const allEfforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Tokens to think for, where the model can only be given a budget. */
const budgets: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: MIN_BUDGET_TOKENS,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 16_384,
  max: 16_384,
};

export interface ThinkingPlan {
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number; readonly display?: string };
  readonly effort?: string;
  readonly maxTokens: number;
  /** As it can be asked for beside the thinking. */
  readonly toolChoice?: ToolChoice;
}

/**
 * How to ask for thinking, and what that does to the limit of the answer and to a forced tool choice: the API refuses
 * a forced choice while the model thinks, and a limit that the budget does not fit into (documentation, "Extended
 * thinking").
 */
export function planThinking(
  request: ChatRequest,
  { facts = {}, reasoningState }: Pick<EncodeTarget, 'facts' | 'reasoningState'>,
  maxTokens: number,
  drops: DropList,
): ThinkingPlan {
  const styles = facts.thinking?.styles ?? ['effort', 'off'];
  const isByBudget = styles.includes('budget') && !styles.includes('effort');
  if (isByBudget && request.reasoning !== undefined && goesOnUnsigned(request, reasoningState)) {
    drops.note('reasoning effort', 'no thinking, because the turn that goes on began without');
    const { toolChoice } = request;
    return { maxTokens, ...(toolChoice ? { toolChoice } : {}) };
  }
  return planWithChoice(request, facts, maxTokens, drops);
}

/** With a budget, a turn that goes on behind results of tools must begin with the thinking that was signed for it. */
function goesOnUnsigned({ turns }: ChatRequest, reasoningState: EncodeTarget['reasoningState']): boolean {
  const last = turns.findLastIndex(({ role }) => role !== 'system');
  const going = turns[last]?.role === 'tool' ? turns[last - 1] : undefined;
  if (going?.role !== 'assistant') return false;
  const [first] = going.parts;
  const isSigned = first?.type === 'reasoning' && first.state?.source === stateSource;
  return !isSigned || reasoningState === 'foreign';
}

function planWithChoice(
  request: ChatRequest,
  facts: ModelFacts,
  maxTokens: number,
  drops: DropList,
): ThinkingPlan {
  const styles = facts.thinking?.styles ?? ['effort', 'off'];
  const { toolChoice } = request;
  const isForced = isForcing(toolChoice) && request.tools.length > 0;
  const wished = effortOf(request.reasoning);
  const choice = toolChoice ? { toolChoice } : {};
  const canDoBoth = facts.thinking?.forcedToolChoice === true || styles.length === 0;
  if (isForced && (!canDoBoth || facts.forcedToolChoice === false)) {
    const isWished = request.reasoning !== undefined && wished !== 'none';
    if (styles.includes('off') && facts.forcedToolChoice !== false) {
      if (isWished) drops.note('reasoning effort', 'no thinking, because a tool must be called');
      return { thinking: { type: 'disabled' }, maxTokens, ...choice };
    }
    drops.note('tool_choice', 'auto');
    return { ...plan(request, facts, maxTokens, drops), toolChoice: { mode: 'auto' } };
  }
  return { ...plan(request, facts, maxTokens, drops), ...choice };
}

function isForcing(choice: ToolChoice | undefined): boolean {
  const mode = choice?.mode === 'allowed' ? choice.must : choice?.mode;
  return mode === 'required' || mode === 'named';
}

function plan(request: ChatRequest, facts: ModelFacts, maxTokens: number, drops: DropList): ThinkingPlan {
  const { reasoning } = request;
  const styles = facts.thinking?.styles ?? ['effort', 'off'];
  const wished = effortOf(reasoning);
  if (reasoning === undefined || (styles.length === 0 && wished === 'none')) return { maxTokens };
  if (wished === 'none') {
    if (styles.includes('off')) return { thinking: { type: 'disabled' }, maxTokens };
    if (styles.includes('between-tools')) return { thinking: { type: 'between_tools' }, maxTokens };
    drops.note('reasoning effort', 'low');
    return { effort: 'low', maxTokens };
  }
  const display = reasoning.visible === true ? { display: 'summarized' } : {};
  if (styles.includes('effort')) {
    const effort = wished === undefined ? {} : { effort: wordFor(wished, facts, drops) };
    return { thinking: { type: 'adaptive', ...display }, ...effort, maxTokens };
  }
  if (styles.includes('budget')) {
    return planBudget(reasoning.budgetTokens ?? budgets[wished ?? 'medium'], facts, maxTokens, drops);
  }
  drops.note('reasoning effort');
  return { maxTokens };
}

function wordFor(wished: Effort, facts: ModelFacts, drops: DropList): string {
  const word = nearestEffort(wished, facts.thinking?.efforts ?? allEfforts);
  if (word !== wished) drops.note('reasoning effort', word);
  return word;
}

/** The budget is part of the limit: the limit is raised above it as far as the model goes. */
function planBudget(wished: number, facts: ModelFacts, maxTokens: number, drops: DropList): ThinkingPlan {
  const budget = Math.max(wished, facts.thinking?.minBudget ?? MIN_BUDGET_TOKENS);
  const most = facts.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const raised = maxTokens > budget ? maxTokens : Math.min(most, budget + maxTokens);
  const fitting = Math.min(budget, facts.thinking?.maxBudget ?? budget, raised - 1);
  if (fitting < MIN_BUDGET_TOKENS) {
    drops.note('reasoning effort');
    return { maxTokens };
  }
  return { thinking: { type: 'enabled', budget_tokens: fitting }, maxTokens: raised };
}
