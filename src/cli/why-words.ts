import type { WhyAccount, WhyAnswer, WhyStep } from './context.ts';
import { momentWords, spanWords } from './moment.ts';
import { plain } from './plain-text.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  throttle: 'rate limited',
  'window-spent': 'its quota is used up',
  billing: 'out of credit',
  overload: 'overloaded',
  transport: 'no proper answer',
  slow: 'too slow',
  blocked: 'blocked on the way',
  empty: 'an answer without content',
  auth: 'the credential was refused',
  policy: 'the account was refused',
  capability: 'it does not have the model',
  untranslatable: 'its protocol cannot say it',
  request: 'the request itself was refused',
  affinity: 'only the account that began the conversation can read it',
};

const BECAUSE: Readonly<Record<string, string>> = {
  owner: 'it holds the conversation',
  'on-trial': 'its rest is over, and this request is the one that tries it',
  again: 'no other was left, and the failure was not its fault',
  rested: 'what it rested for is over',
  'near-limit': 'all others are used up, too',
  fallback: 'no account of the model before it can answer',
  'round-robin': 'it was its turn',
  'fill-first': 'it is the first that can',
  'least-used': 'it has most room',
  random: 'chance chose it',
};

const BUSY: Readonly<Record<string, string>> = {
  full: 'as many requests under way as it may have',
  'on-trial': 'another request was trying it after its rest',
  ramp: 'many had just moved to it',
  queue: 'others were waiting for it before',
};

/** A record of decisions as a person would tell it. */
export function whyLines(answer: WhyAnswer, nowMs: number): readonly string[] {
  const { request, at, model, owner, steps } = answer;
  const about = model === undefined ? '' : ` for ${plain(model)}`;
  const home = owner === undefined ? [] : [`Its conversation is at home with ${plain(owner)}.`];
  return [
    `${plain(request)}${about}, at ${momentWords(at, nowMs)}`,
    ...home,
    ...steps.flatMap((step) => stepLines(step, Date.parse(at) + step.afterMs, nowMs)),
    endLine(answer),
  ];
}

/** @param atMs when the step was, in milliseconds since the epoch */
function stepLines(step: WhyStep, atMs: number, nowMs: number): readonly string[] {
  const time = `+${(step.afterMs / 1000).toFixed(1)} s`;
  const line = (words: string) => `  ${time}  ${words}`;
  const account = plain(step.account ?? '');
  const others = (step.considered ?? []).flatMap((one) => {
    const words = one.account === step.account ? undefined : accountWords(one, atMs, nowMs);
    return words === undefined ? [] : [`           ${words}`];
  });
  switch (step.kind) {
    case 'sent':
      return [
        line(`asked ${account}${instead(step)}: ${BECAUSE[step.because ?? ''] ?? plain(step.because ?? '')}`),
        ...others,
      ];
    case 'translated':
      return [line(translationWords(step))];
    case 'failed':
      return [
        line(
          `${account}${step.status === undefined ? ':' : ''} ${saidWords(step)}${restWords(step, atMs, nowMs)}`,
        ),
      ];
    case 'answered':
      return [line(`${account} answered ${step.status ?? ''}`)];
    case 'broken':
      return [line(`${account} broke off in the middle: ${saidWords(step)}`)];
    case 'refresh':
      return [line(`asked for a new credential of ${account}`)];
    case 'renewed':
      return [line(`${account} has a new credential`)];
    case 'not-renewed':
      return [
        line(
          `the credential of ${account} could not be renewed: ${saidWords(step)}${restWords(step, atMs, nowMs)}`,
        ),
      ];
    case 'waited':
      return [line(waitWords(step)), ...others];
    case 'exhausted':
      return [line('no account was left:'), ...others];
    default:
      return [line('handed the last answer on as it was')];
  }
}

/** The model, where it is another one than was asked for. */
function instead({ because, model }: WhyStep): string {
  return because === 'fallback' && model !== undefined ? ` for ${plain(model)}` : '';
}

function translationWords({ account = '', from = '', to = '', dropped = [] }: WhyStep): string {
  const lost = dropped.length === 0 ? '' : `; not carried: ${dropped.map((name) => plain(name)).join(', ')}`;
  return `translated for ${plain(account)}, from ${plain(from)} to ${plain(to)}${lost}`;
}

function waitWords({ reason, rests }: WhyStep): string {
  if (reason === 'room') return 'waited for room';
  return rests === undefined ? 'waited a moment' : `waited until ${plain(rests)} had rested`;
}

function accountWords(
  { account, state, reason = '', detail, used = 0, until, waitFrom }: WhyAccount,
  atMs: number,
  nowMs: number,
): string | undefined {
  const name = plain(account);
  if (state === 'resting') {
    const said = detail === undefined ? '' : ` ("${plain(detail)}")`;
    return `not ${name}: ${OUTCOMES[reason] ?? reason}${said}, ${restingWords(until, atMs, nowMs)}${wordOf(waitFrom)}`;
  }
  if (state === 'tried') return `not ${name}: asked already (${OUTCOMES[reason] ?? reason})`;
  if (state === 'busy') return `not ${name}: ${BUSY[reason] ?? reason}`;
  if (state === 'near-limit') {
    const span = spanWords(Date.parse(until ?? '') - atMs);
    return `rather not ${name}: ${Number((used * 100).toFixed(1))} % of its window ${plain(reason)} is used, for another ${span}`;
  }
  return state === 'draining' ? `not ${name}: it takes no new conversation` : undefined;
}

function saidWords({ status, reason = '', detail }: WhyStep): string {
  const code = status === undefined ? '' : `answered ${status}, `;
  const said = detail === undefined ? '' : ` ("${plain(detail)}")`;
  return `${code}${OUTCOMES[reason] ?? reason}${said}`;
}

function restWords({ rests, until, waitFrom }: WhyStep, atMs: number, nowMs: number): string {
  if (rests === undefined) return '; nothing rests for it';
  return `; ${plain(rests)} ${restingWords(until, atMs, nowMs)}${wordOf(waitFrom)}`;
}

/** How long from then on, and the time of day where nobody would count along. */
function restingWords(until: string | undefined, atMs: number, nowMs: number): string {
  const ms = Date.parse(until ?? '') - atMs;
  if (Number.isNaN(ms)) return 'rests';
  const moment = ms >= WORTH_A_TIME_MS ? `, until ${momentWords(until ?? '', nowMs)}` : '';
  return `rests for ${spanWords(ms)}${moment}`;
}

const WORTH_A_TIME_MS = 120_000;

/** On whose word. */
function wordOf(waitFrom: string | undefined): string {
  return waitFrom === undefined ? ' (our estimate)' : ` (the provider's ${plain(waitFrom)})`;
}

function endLine(answer: WhyAnswer): string {
  const { answeredBy, answeredWith, status, estimated, failure, hungUp, hasStalled, ms = 0, model } = answer;
  const after = `${(ms / 1000).toFixed(1)} s`;
  if (hasStalled === true) return `The client stopped reading, and was let go after ${after}.`;
  if (hungUp === true) return `The client hung up after ${after}.`;
  if (failure !== undefined) return `Refused: ${plain(failure)}`;
  if (estimated === true) return 'No account could count: Rota estimated it.';
  if (answeredBy === undefined) return 'It is still under way.';
  const other = answeredWith === model ? '' : ` with ${plain(answeredWith ?? '')}`;
  return `${plain(answeredBy)} answered${other}: ${status ?? ''}, after ${(ms / 1000).toFixed(1)} s.`;
}
