import type { Turn } from './account.ts';
import type { Random } from './random.ts';

/** How people work with an assistant: turns one after the other, a conversation that grows, and a new one after a while. */
export interface SessionPlan {
  readonly turns: number;
  readonly firstTokens: number;
  readonly turnTokens: number;
  /** Where the conversation has become so long the assistant makes it short, and the cache is worth nothing. */
  readonly mostTokens: number;
  readonly shortestPauseMs: number;
  readonly longestPauseMs: number;
}

export const codingSession: SessionPlan = {
  turns: 200,
  firstTokens: 15_000,
  turnTokens: 1500,
  mostTokens: 160_000,
  shortestPauseMs: 1000,
  longestPauseMs: 40_000,
};

/** One desk: session after session. */
export interface Desk {
  readonly turn: Turn;
  /** Begins the next turn, or the next session. */
  next(): void;
  pauseMs(): number;
}

export function makeDesk(name: string, plan: SessionPlan, random: Random): Desk {
  let session = 0;
  let turns = 0;
  let tokens = plan.firstTokens;
  return {
    get turn() {
      return { conversation: `${name}.${session}`, readTokens: tokens, writeTokens: plan.turnTokens };
    },
    next() {
      turns += 1;
      tokens += plan.turnTokens;
      if (tokens > plan.mostTokens) tokens = plan.firstTokens;
      if (turns < plan.turns) return;
      session += 1;
      turns = 0;
      tokens = plan.firstTokens;
    },
    pauseMs: () => random.between(plan.shortestPauseMs, plan.longestPauseMs),
  };
}
