import type { ModelFacts } from '../../chat/model-facts.ts';

/** Up to this line models take a budget, all later ones a level. */
const BUDGET = /(?:^|\/)gemini-2[.-]5(?:-(pro|flash-lite))?\b/;
/** The large models of the line with levels take fewer of them; the first of them only two. */
const LARGE = /(?:^|\/)gemini-3(?:[.-](\d+))?-pro\b/;
const BEFORE_THINKING = /(?:^|\/)gemini-(?:1[.-]|2[.-]0)/;

/** Tokens. */
const budgets: Readonly<Record<string, { readonly minBudget: number; readonly maxBudget: number }>> = {
  pro: { minBudget: 128, maxBudget: 32_768 },
  'flash-lite': { minBudget: 512, maxBudget: 24_576 },
};
const usualBudget = { minBudget: 0, maxBudget: 24_576 };

const firstLevels = ['low', 'high'];
const largeLevels = ['low', 'medium', 'high'];

/** What models before Gemini 3 lack. */
const older = { functionResponseParts: false, jsonOutputWithTools: false } as const;

/** What is known of a model by its name (ai.google.dev/gemini-api/docs/thinking, .../function-calling, .../structured-output). */
export function factsOf(model: string): ModelFacts {
  const name = model.toLowerCase();
  if (BEFORE_THINKING.test(name)) return { ...older, thinking: { styles: [] } };
  const large = LARGE.exec(name);
  if (large) return { thinking: { styles: ['effort'], efforts: large[1] ? largeLevels : firstLevels } };
  const budget = BUDGET.exec(name);
  if (!budget) return {};
  const limits = budgets[budget[1] ?? ''] ?? usualBudget;
  // The largest of them cannot be told not to think.
  const off = budget[1] === 'pro' ? [] : (['off'] as const);
  return { ...older, thinking: { styles: ['budget', ...off], ...limits } };
}
