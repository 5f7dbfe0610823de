import { waitOf, type Hints, type Wait } from './hints.ts';
import { fieldsOf } from './json-fields.ts';
import { isPlainLimit } from './classify.ts';
import { explicitWait } from './retry-after.ts';
import { hasCode, isClientError, row, withWait, type SignalRow } from './signal-row.ts';
import { spentWindow } from './spent-window.ts';
import { untilResetMs } from './wait-values.ts';

/** A project, key or person whom Google will not serve before somebody has put it right (google.api.ErrorReason). */
const POLICY_REASON =
  /^(?:SERVICE_DISABLED|CONSUMER_SUSPENDED|CONSUMER_INVALID|VALIDATION_REQUIRED|API_KEY_SERVICE_BLOCKED)$/;

/** Limits of a minute pass within it, and delays grow a little under load. */
const MAX_SHORT_WAIT_MS = 5 * 60_000;

/**
 * What Google's errors say by the reason of their google.rpc.ErrorInfo, whatever status it comes with. Quotas are counted for
 * each project and model; a quota of the day outranks every delay that stands beside it.
 */
export const googleRows: readonly SignalRow[] = [
  {
    name: 'a quota is used up',
    matches: (answer) => answer.status === 429 && hasCode(answer, /^QUOTA_EXHAUSTED$/),
    outcome: (answer) => ({
      ...withWait('window-spent', 'account-model', quotaResetWait(answer) ?? explicitWait(answer)),
      ...spentWindow(answer),
    }),
  },
  {
    name: 'a delay that no limit of a minute asks for',
    matches: (answer) =>
      isPlainLimit(answer) &&
      spentWindow(answer) === undefined &&
      (explicitWait(answer)?.waitMs ?? 0) > MAX_SHORT_WAIT_MS,
    outcome: (answer) => withWait('window-spent', 'account-model', explicitWait(answer)),
  },
  row(
    'billing is switched off',
    (answer) => isClientError(answer) && hasCode(answer, /^BILLING_DISABLED$/),
    'billing',
    'account',
  ),
  row(
    'the project, the key or the person is refused',
    (answer) => isClientError(answer) && hasCode(answer, POLICY_REASON),
    'policy',
    'account',
  ),
];

/** `metadata` of the ErrorInfo: `quotaResetDelay: "4h28m20.5s"`, and the same as a moment. */
function quotaResetWait({ error, now }: Hints): Wait | undefined {
  const info = error.details.find((detail) => detail['reason'] === 'QUOTA_EXHAUSTED');
  const metadata = fieldsOf(info?.['metadata']);
  return (
    waitOf(untilResetMs(metadata['quotaResetDelay'], now), 'quotaResetDelay') ??
    waitOf(untilResetMs(metadata['quotaResetTimeStamp'], now), 'quotaResetTimeStamp')
  );
}
