import type { WhyAccount, WhyAnswer, WhyStep } from './context.ts';
import { momentWords } from './moment.ts';
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
  request: 'the request itself was refused',
  affinity: 'only the account that began the conversation can read it',
};

const BECAUSE: Readonly<Record<string, string>> = {
  owner: 'it holds the conversation',
  'on-trial': 'its rest is over, and this request is the one that tries it',
  again: 'no other was left, and the failure was not its fault',
  'near-limit': 'all others are used up, too',
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
    ...steps.flatMap((step) => stepLines(step, nowMs)),
    endLine(answer),
  ];
}

function stepLines(step: WhyStep, nowMs: number): readonly string[] {
  const time = `+${(step.afterMs / 1000).toFixed(1)} s`;
  const line = (words: string) => `  ${time}  ${words}`;
  const account = plain(step.account ?? '');
  const others = (step.considered ?? []).flatMap((one) => {
    const words = one.account === step.account ? undefined : accountWords(one, nowMs);
    return words === undefined ? [] : [`           ${words}`];
  });
  switch (step.kind) {
    case 'sent':
      return [
        line(`asked ${account}: ${BECAUSE[step.because ?? ''] ?? plain(step.because ?? '')}`),
        ...others,
      ];
    case 'failed':
      return [line(`${account} ${saidWords(step)}${restWords(step, nowMs)}`)];
    case 'answered':
      return [line(`${account} answered ${step.status ?? ''}`)];
    case 'broken':
      return [line(`${account} broke off in the middle: ${saidWords(step)}`)];
    case 'refresh':
      return [line(`renewed the credential of ${account}`)];
    case 'renewed':
      return [line(`${account} has a new credential`)];
    case 'not-renewed':
      return [
        line(
          `the credential of ${account} could not be renewed: ${saidWords(step)}${restWords(step, nowMs)}`,
        ),
      ];
    case 'waited':
      return [line(`waited for ${step.reason === 'room' ? 'room' : 'a rest to end'}`), ...others];
    case 'exhausted':
      return [line('no account was left:'), ...others];
    default:
      return [line('handed the last answer on as it was')];
  }
}

function accountWords(
  { account, state, reason = '', detail, until, waitFrom }: WhyAccount,
  nowMs: number,
): string | undefined {
  const name = plain(account);
  if (state === 'resting') {
    const said = detail === undefined ? '' : ` ("${plain(detail)}")`;
    return `not ${name}: ${OUTCOMES[reason] ?? reason}${said}, rests until ${momentWords(until ?? '', nowMs)}${wordOf(waitFrom)}`;
  }
  if (state === 'tried') return `not ${name}: asked already (${OUTCOMES[reason] ?? reason})`;
  if (state === 'busy') return `not ${name}: ${BUSY[reason] ?? reason}`;
  if (state === 'near-limit') return `rather not ${name}: its window ${plain(reason)} is nearly used up`;
  return state === 'draining' ? `not ${name}: it takes no new conversation` : undefined;
}

function saidWords({ status, reason = '', detail }: WhyStep): string {
  const code = status === undefined ? '' : `answered ${status}, `;
  const said = detail === undefined ? '' : ` ("${plain(detail)}")`;
  return `${code}${OUTCOMES[reason] ?? reason}${said}`;
}

function restWords({ rests, until, waitFrom }: WhyStep, nowMs: number): string {
  if (rests === undefined) return '; nothing rests for it';
  return `; ${plain(rests)} rests until ${momentWords(until ?? '', nowMs)}${wordOf(waitFrom)}`;
}

/** On whose word. */
function wordOf(waitFrom: string | undefined): string {
  return waitFrom === undefined ? ' (our estimate)' : ` (the provider's ${plain(waitFrom)})`;
}

function endLine({ answeredBy, answeredWith, status, failure, hungUp, ms = 0, model }: WhyAnswer): string {
  if (hungUp === true) return `The client hung up after ${(ms / 1000).toFixed(1)} s.`;
  if (failure !== undefined) return `Refused: ${plain(failure)}`;
  if (answeredBy === undefined) return 'It is still under way.';
  const other = answeredWith === model ? '' : ` with ${plain(answeredWith ?? '')}`;
  return `${plain(answeredBy)} answered${other}: ${status ?? ''}, after ${(ms / 1000).toFixed(1)} s.`;
}
