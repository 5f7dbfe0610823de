import { isEnvelope } from '../../chat/envelope.ts';
import { withEntries, withoutEnvelopes } from '../foreign-state.ts';
import { textOf, type JsonRecord } from '../json-value.ts';

/** Ids of items in answers that we wrote (`output.ts`), which no provider knows: how they begin, and the whole of one. */
const MADE_IDS = ['"rs_req', '"msg_req', '"fc_req', '"ctc_req'];
const MADE_ID = /^(?:rs|msg|fc|ctc)_req[0-9a-z]{6,}_\d+$/;

export function withoutForeignState(body: Buffer): Buffer {
  return withoutEnvelopes(body, (members) => withEntries(members, 'input', clean), MADE_IDS);
}

function clean(item: JsonRecord): JsonRecord | undefined {
  const { id, ...rest } = item;
  const state = textOf(item.encrypted_content) ?? '';
  const isMade = MADE_ID.test(textOf(id) ?? '');
  if (item.type === 'reasoning' && (isEnvelope(state) || (isMade && state === ''))) return undefined;
  return isMade ? rest : item;
}
