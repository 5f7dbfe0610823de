import type { IncomingMessage } from 'node:http';
import { spend, type Account, type Playbook } from './accounts.ts';
import type { AnswerOptions, Behaviour, Complaint, Vendor } from './behaviour.ts';
import type { Call } from './calls.ts';
import type { Delivery } from './delivery.ts';
import type { Called } from './dialect.ts';
import { inspectHeaders } from './inspection.ts';
import { modelList } from './model-lists.ts';
import { keyInfo, type createSignIn, type SideAnswer } from './openrouter.ts';
import { isPlain, planBody, planError, planPlain, planTurn } from './plan.ts';
import { vendorOf, type Route } from './routes.ts';
import { WRONG_KEY } from './vendor-error.ts';

/** A call whose body has come. */
export interface Incoming {
  readonly serial: number;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly route: Route | undefined;
  readonly key: string | undefined;
  readonly body: string;
}

export interface Decision {
  readonly delivery: Delivery;
  readonly answered: Call['answered'];
  /** Set where the call is one that should not have come. */
  readonly problem?: string;
}

/** What a decision is taken from. */
export interface World {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly playbook: Playbook;
  readonly signIn: ReturnType<typeof createSignIn>;
  readonly now: () => number;
  readonly models: readonly string[];
  readonly answer: AnswerOptions;
  readonly allowHeaders: ReadonlySet<string>;
}

type Json = Readonly<Record<string, unknown>>;

/** What a call is answered with. */
export function decide(incoming: Incoming, world: World): Decision {
  const { request, url, route, key } = incoming;
  if (route === undefined) {
    return refuse(
      vendorOf(url.pathname),
      404,
      {},
      `The path ${request.method ?? ''} ${url.pathname} is unknown.`,
    );
  }
  const wrong = inspectHeaders(request, route, url, world.allowHeaders);
  if (wrong !== undefined)
    return refuse(route.vendor, wrong.status, { message: wrong.problem }, wrong.problem);
  const json = route.method === 'POST' ? parse(incoming.body) : undefined;
  if (route.method === 'POST' && json === undefined) {
    const problem = 'The body is not a JSON object.';
    return refuse(route.vendor, 400, { message: problem }, problem);
  }
  const behaviour = world.playbook.next(key, route.kind);
  if (behaviour !== undefined && isPlain(behaviour)) {
    const delivery = planPlain(route.vendor, behaviour, vendorHeaders(route, incoming));
    return { delivery, answered: behaviour.kind };
  }
  return ownAnswer(incoming, route, world, json ?? {}, behaviour);
}

function ownAnswer(
  incoming: Incoming,
  route: Route,
  world: World,
  json: Json,
  behaviour: Behaviour | undefined,
): Decision {
  if (route.kind === 'authorize') return side(route, world.signIn.authorize(incoming.url.searchParams));
  if (route.kind === 'exchange') return side(route, world.signIn.exchange(json));
  const account = incoming.key === undefined ? undefined : world.accounts.get(incoming.key);
  // OpenRouter's model list is public.
  const isPublic = route.kind === 'models' && route.shape === 'openrouter' && incoming.key === undefined;
  if (account === undefined && !isPublic) {
    const { status, complaint } = WRONG_KEY[route.vendor];
    return refuse(route.vendor, status, complaint, `The key ${incoming.key ?? '(none)'} is unknown.`);
  }
  if (route.kind === 'models') return listModels(incoming, route, account?.options.models ?? world.models);
  if (account === undefined) throw new Error('A call without an account has been answered before.');
  return route.kind === 'key'
    ? side(route, keyInfo(account))
    : generate(incoming, route, world, json, account, behaviour);
}

function generate(
  incoming: Incoming,
  route: Route,
  world: World,
  json: Json,
  account: Account,
  behaviour: Behaviour | undefined,
): Decision {
  const { dialect, vendor } = route;
  if (dialect === undefined) throw new Error('A path of generation has a dialect.');
  const request = dialect.read(json, calledOf(route, incoming.url));
  if ('refused' in request) {
    return { delivery: planError(vendor, 400, request.refused), answered: 'refused' };
  }
  const { models } = account.options;
  if (models !== undefined && !models.includes(request.model.replace(/^models\//u, ''))) {
    const message = `The model \`${request.model}\` does not exist or you do not have access to it.`;
    return { delivery: planError(vendor, 404, { message }), answered: 'refused' };
  }
  if (request.previous !== undefined && !account.answers.has(request.previous)) {
    const message = `Previous response with id '${request.previous}' not found.`;
    const complaint = { message, code: 'previous_response_not_found', param: 'previous_response_id' };
    return { delivery: planError(vendor, 400, complaint), answered: 'refused' };
  }
  if (route.kind === 'count') {
    const body = dialect.count?.(request.lastUserText.length) ?? {};
    return { delivery: planBody(200, body, vendorHeaders(route, incoming)), answered: 'usual' };
  }
  account.answers.add(`resp_sim_${incoming.serial}`);
  const now = world.now();
  const counted = behaviour === undefined || behaviour.kind === 'answer';
  const quota = counted ? spend(account, now) : { allowed: true, headers: {} };
  const headers = { ...vendorHeaders(route, incoming), ...quota.headers };
  if (!quota.allowed) return { delivery: planError(vendor, 429, {}, headers), answered: 'quota' };
  const turn = {
    vendor,
    dialect,
    request,
    speaker: {
      label: account.label,
      serial: incoming.serial,
      createdSeconds: Math.floor(now / 1000),
    },
    usual: account.options.answer ?? world.answer,
    headers,
  };
  return { delivery: planTurn(turn, behaviour), answered: behaviour?.kind ?? 'usual' };
}

/** What the address says of a call: its route, and the query that asks for events. */
function calledOf({ called = {} }: Route, url: URL): Called {
  return called.stream === true ? { ...called, inArray: url.searchParams.get('alt') !== 'sse' } : called;
}

function listModels(incoming: Incoming, route: Route, models: readonly string[]): Decision {
  const body = modelList(route.shape ?? 'openai', models, incoming.url.searchParams, route.modelId);
  const headers = vendorHeaders(route, incoming);
  const delivery =
    body === undefined
      ? planError(route.vendor, 404, { message: `The model '${route.modelId}' does not exist` }, headers)
      : planBody(200, body, headers);
  return { delivery, answered: 'usual' };
}

function side(route: Route, answer: SideAnswer): Decision {
  if ('complaint' in answer) {
    return refuse(route.vendor, answer.status, answer.complaint, answer.problem);
  }
  return { delivery: planBody(answer.status, answer.body, answer.headers ?? {}), answered: 'usual' };
}

function refuse(vendor: Vendor, status: number, complaint: Complaint, problem?: string): Decision {
  const delivery = planError(vendor, status, complaint);
  return { delivery, answered: 'refused', ...(problem === undefined ? {} : { problem }) };
}

/** The headers that a vendor puts on every answer. */
function vendorHeaders(route: Route, incoming: Incoming): Record<string, string> {
  if (route.vendor === 'anthropic') {
    return { 'request-id': `req_sim_${incoming.serial}`, 'anthropic-organization-id': 'org_simulated' };
  }
  return route.vendor === 'openai'
    ? {
        'x-request-id': `req_sim_${incoming.serial}`,
        'openai-processing-ms': '1',
        'openai-version': '2020-10-01',
      }
    : {};
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
