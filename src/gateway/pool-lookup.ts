import { RotaError, type Failure, type SpentAccount } from '../failure.ts';
import { nearest } from '../nearest.ts';
import type { ChatRequest } from '../chat/request.ts';
import type { Peek } from '../protocols/protocol.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { Exchange, GatewayParts, GatewaySettings } from './gateway.ts';
import { readConversation, translatesTo } from './speech.ts';
import {
  modelNotFound,
  resolveAlias,
  route,
  type Route,
  type RouteQuestion,
  type Serving,
} from './routing.ts';

/** The accounts that can serve one request, and what to send to each. */
export interface Pool {
  /** The model that the client asked for. */
  readonly model: string;
  /** The model that was asked for, and the fallbacks that some account has. */
  readonly stages: readonly string[];
  /** In the order of their stages. */
  readonly candidates: readonly Candidate[];
  readonly barred: readonly SpentAccount[];
  readonly serving: readonly Serving[];
  readonly peeked: Peek;
  /**
   * The request in no protocol's words; read once.
   * @throws RotaError of kind `invalid-request`
   */
  conversation(): ChatRequest;
  /** The client's bytes; only the model's name differs, where an alias, a prefix or a fallback asks for it. */
  bodyFor(candidate: Candidate): Buffer;
}

/** A model that nobody serves over the protocol that was called, and whether somebody does over another. */
export type NoPool = Exclude<Route, { kind: 'pool' }>;

/** @throws RotaError where no account has the model, or none can be used at all */
export async function poolFor(parts: GatewayParts, exchange: Exchange, peeked: Peek): Promise<Pool> {
  const found = await lookUpPool(parts, exchange, peeked);
  if ('kind' in found) throw new RotaError(noPool(parts, found));
  return found;
}

/** No model's name is longer: what is remembered of requests, and said of them, must not grow with what a client sends. */
const MAX_NAME_LENGTH = 512;

/** @throws RotaError where the request names no model or nobody's, or no account can be used at all */
export async function lookUpPool(
  parts: GatewayParts,
  exchange: Exchange,
  peeked: Peek,
): Promise<Pool | (NoPool & { readonly asked: string })> {
  const settings = parts.settings();
  const name = peeked.model?.name ?? settings.defaultModel;
  if (name === undefined) {
    const message = "'model' is missing: name a model, or set `models.default` in the settings.";
    throw new RotaError({ kind: 'invalid-request', param: 'model', message });
  }
  if (name.length > MAX_NAME_LENGTH) throw new RotaError(modelNotFound(`${name.slice(0, 100)}…`, []));
  const obstacle = parts.accounts.obstacle();
  if (obstacle) throw new RotaError(obstacle);

  const wanted = resolveAlias(name, settings.aliases);
  let serving = parts.accounts.serving();
  if (!isListed(wanted, serving)) {
    // An upstream that does not answer must not delay what another one has.
    await parts.accounts.listsUntil(() => isListed(wanted, parts.accounts.serving()));
    serving = parts.accounts.serving();
  }
  const question = {
    protocol: exchange.protocol.name,
    others: translatesTo(exchange.protocol),
    aliases: settings.aliases,
    serving,
  };
  const found = routeOnce(parts.routes, { ...question, name });
  const fallbacks = fallbacksOf(name, wanted, settings.fallbacks).flatMap((model) => {
    const other = routeOnce(parts.routes, { ...question, name: model });
    return other.kind === 'pool' ? [{ model, ...other }] : [];
  });
  if (found.kind !== 'pool' && fallbacks.length === 0) return { ...found, asked: name };
  const own = found.kind === 'pool' ? [{ model: name, ...found }] : [];
  const stages = [...own, ...fallbacks];
  const bodies = new Map<string, Buffer>();
  return {
    model: name,
    stages: stages.map(({ model }) => model),
    candidates: inStages(stages.map(({ candidates }) => candidates)),
    barred: stages.flatMap(({ barred }) => barred),
    serving,
    peeked,
    conversation: once(() => readConversation(exchange, name)),
    bodyFor({ model }) {
      if (model === peeked.model?.name) return exchange.body;
      const body = bodies.get(model) ?? exchange.protocol.withModel(exchange.body, peeked, model);
      bodies.set(model, body);
      return body;
    },
  };
}

export function noPool(parts: GatewayParts, found: NoPool & { readonly asked: string }): Failure {
  const name = found.asked;
  if (found.kind === 'unknown') return modelNotFound(name, nearest(found.name, allModels(parts)));
  const message = `'${name}' is served by ${found.providers.join(', ')}, over protocols other than the one you called.`;
  return { kind: 'model-not-found', model: name, near: [], message };
}

/** What the settings name for the model, by the name that was asked for or the one it stands for. */
function fallbacksOf(
  name: string,
  wanted: string,
  fallbacks: GatewaySettings['fallbacks'],
): readonly string[] {
  for (const model of [name, wanted]) if (Object.hasOwn(fallbacks, model)) return fallbacks[model] ?? [];
  return [];
}

/** An account that has the same model in two stages is asked in the first of them. */
function inStages(stages: readonly (readonly Candidate[])[]): readonly Candidate[] {
  if (stages.length === 1) return stages[0] ?? [];
  const seen = new Set<string>();
  return stages.flatMap((candidates, stage) =>
    candidates
      .filter(({ keys }) => !seen.has(keys.accountModel) && seen.add(keys.accountModel))
      .map((candidate) => ({ ...candidate, stage })),
  );
}

/** Names that are asked for are few, and what they lead to changes only with the accounts or the settings. */
export interface RouteMemory {
  find(question: RouteQuestion): Route | undefined;
  keep(question: RouteQuestion, route: Route): void;
}

const MOST_ROUTES = 500;

export function makeRouteMemory(): RouteMemory {
  let serving: RouteQuestion['serving'] = [];
  let aliases: RouteQuestion['aliases'] = {};
  let routes = new Map<string, Route>();
  return {
    find(question) {
      if (question.serving !== serving || question.aliases !== aliases) return undefined;
      return routes.get(keyOf(question));
    },
    keep(question, found) {
      const isStale = question.serving !== serving || question.aliases !== aliases;
      if (isStale || routes.size >= MOST_ROUTES) routes = new Map();
      serving = question.serving;
      aliases = question.aliases;
      routes.set(keyOf(question), found);
    },
  };
}

function keyOf({ protocol, others, name }: RouteQuestion): string {
  return `${protocol} ${others.length} ${name}`;
}

function routeOnce(memory: RouteMemory, question: RouteQuestion): Route {
  const known = memory.find(question);
  if (known) return known;
  const found = route(question);
  memory.keep(question, found);
  return found;
}

function isListed(model: string, serving: readonly Serving[]): boolean {
  const bare = model.slice(model.indexOf('/') + 1);
  return serving.some(({ models }) => models?.has(model) === true || models?.has(bare) === true);
}

function allModels(parts: GatewayParts): readonly string[] {
  const listed = parts.accounts.serving().flatMap(({ models }) => [...(models ?? [])]);
  return [...new Set([...listed, ...Object.keys(parts.settings().aliases)])];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
