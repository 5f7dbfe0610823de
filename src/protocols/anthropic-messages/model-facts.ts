import type { ModelFacts } from '../../chat/model-facts.ts';

/** A generation such as 4.5; of two numbers, so that 4.10 is no 4.1. */
type Version = readonly [major: number, minor: number];

interface Known {
  readonly family: string;
  readonly version: Version;
}

const FAMILIES = 'opus|sonnet|haiku|fable|mythos';
/** Vendors write `claude-sonnet-4-5-20250929`, `claude-sonnet-4.5`, and `claude-3-5-haiku` in older days; a date is no version. */
const NUMBER = String.raw`(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)`;
const NEWER = new RegExp(`claude-(${FAMILIES})-${NUMBER}`);
const OLDER = new RegExp(`claude-${NUMBER}-(${FAMILIES})`);

function readName(model: string): Known | undefined {
  const newer = NEWER.exec(model);
  if (newer) return knownOf(newer[1], newer[2], newer[3]);
  const older = OLDER.exec(model);
  return older ? knownOf(older[3], older[1], older[2]) : undefined;
}

function knownOf(family = '', major = '0', minor = '0'): Known {
  return { family, version: [Number(major), Number(minor)] };
}

function isBefore([major, minor]: Version, [otherMajor, otherMinor]: Version): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/**
 * What is known of a model by its name (platform.claude.com/docs, "Models overview", "Extended thinking", "Adaptive
 * thinking", "Migration guide"). Of a newer one than these nothing is known, and the newest behaviour is taken; a model
 * of another vendor, whose server only speaks the protocol, takes sampling.
 */
export function factsOf(model: string): ModelFacts {
  const name = model.toLowerCase();
  const known = readName(name);
  if (!known) return name.includes('claude') ? {} : { sampling: true };
  return isBefore(known.version, [4, 6]) ? factsOfBudgetModel(known) : factsOfEffortModel(known);
}

function factsOfBudgetModel({ family, version }: Known): ModelFacts {
  const canThink = !isBefore(version, [3, 7]);
  return {
    sampling: true,
    maxOutputTokens: longestAnswer(family, version),
    structuredOutput: !isBefore(version, [4, 5]),
    thinking: { styles: canThink ? ['budget', 'off'] : [], minBudget: 1024 },
  };
}

/** Tokens. */
function longestAnswer(family: string, version: Version): number {
  if (isBefore(version, [3, 5])) return 4096;
  if (isBefore(version, [3, 7])) return 8192;
  return family === 'opus' && isBefore(version, [4, 5]) ? 32_000 : 64_000;
}

const upToHigh = ['low', 'medium', 'high'];

function factsOfEffortModel({ family, version }: Known): ModelFacts {
  if (isBefore(version, [5, 0])) {
    const takesSampling = isBefore(version, [4, 7]);
    return { sampling: takesSampling, thinking: { styles: ['effort', 'off'] } };
  }
  const isLatest = !isBefore(version, [5, 5]);
  const latest = isLatest ? { forcedToolChoice: false } : {};
  if (family === 'fable' || family === 'mythos' || (isLatest && family === 'opus')) {
    return { ...latest, thinking: { styles: ['effort'] } };
  }
  if (isLatest && family === 'sonnet') {
    return { ...latest, thinking: { styles: ['effort', 'between-tools'], efforts: upToHigh } };
  }
  const efforts = isLatest ? { efforts: upToHigh } : {};
  return { ...latest, thinking: { styles: ['effort', 'off'], ...efforts } };
}
