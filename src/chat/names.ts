import { createHash } from 'node:crypto';
import type { ToolName } from './part.ts';
import type { ChatRequest } from './request.ts';

/** Legal as a tool's name in every protocol. */
const LEGAL = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;
const KEPT_CHARACTERS = 55;

/** The names of a request's tools on the wire: legal, distinct, and the same every time the request comes. */
export interface ToolNames {
  onWire(tool: Omit<ToolName, 'kind'>): string;
  /** What the client calls them, by the name on the wire. */
  readonly originals: ReadonlyMap<string, ToolName>;
}

/**
 * A namespace becomes a prefix; other characters than letters, digits, `_` and `-` become `_`; what is too long, or
 * would collide, is cut and told apart by a hash. Names of calls in the history take part, so that they stay what the
 * tools are called.
 */
export function makeToolNames(request: Pick<ChatRequest, 'tools' | 'turns'>): ToolNames {
  const wireNames = new Map<string, string>();
  const originals = new Map<string, ToolName>();

  function add({ name, namespace, kind }: ToolName): void {
    const key = qualified({ name, ...(namespace === undefined ? {} : { namespace }) });
    if (wireNames.has(key)) return;
    const rewritten = rewrite(key);
    const wire = originals.has(rewritten) || !LEGAL.test(rewritten) ? withHash(rewritten, key) : rewritten;
    wireNames.set(key, wire);
    originals.set(wire, { name, kind, ...(namespace === undefined ? {} : { namespace }) });
  }

  const declared = request.tools.filter((tool) => tool.kind !== 'native');
  const called = request.turns.flatMap((turn) =>
    turn.role === 'assistant' ? turn.parts.filter((part) => part.type === 'tool-call') : [],
  );
  const all: readonly ToolName[] = [...declared, ...called];
  // What is legal keeps its name, whatever comes before it.
  for (const tool of all) if (LEGAL.test(qualified(tool))) add(tool);
  for (const tool of all) add(tool);
  return {
    onWire: (tool) => wireNames.get(qualified(tool)) ?? legal(qualified(tool)),
    originals,
  };
}

function qualified({ name, namespace }: Omit<ToolName, 'kind'>): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

function rewrite(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_');
  return /^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`;
}

/** For a name that no tool has. */
function legal(name: string): string {
  const rewritten = rewrite(name);
  return LEGAL.test(rewritten) ? rewritten : withHash(rewritten, name);
}

function withHash(rewritten: string, original: string): string {
  const hash = createHash('sha256').update(original).digest('hex').slice(0, 8);
  return `${rewritten.slice(0, KEPT_CHARACTERS)}_${hash}`;
}
