import { isEnvelope } from '../../chat/envelope.ts';
import { withEntries, withoutEnvelopes } from '../foreign-state.ts';
import { textOf, type JsonRecord } from '../json-value.ts';

/** How thinking that nobody signed is written, with and without a space. */
const UNSIGNED = ['"signature":""', '"signature": ""'];

/** Claude signs whatever it thinks, and refuses what it did not sign; other servers of the protocol may sign nothing. */
export function withoutForeignState(body: Buffer, model: string): Buffer {
  const signsAll = /claude/i.test(model);
  const isForeign = ({ type, signature, data }: JsonRecord): boolean => {
    if (type === 'redacted_thinking') return isEnvelope(textOf(data) ?? '');
    if (type !== 'thinking') return false;
    return isEnvelope(textOf(signature) ?? '') || (signsAll && signature === '');
  };
  const clean = (message: JsonRecord): JsonRecord | undefined => {
    const kept = withEntries(message, 'content', (block) => (isForeign(block) ? undefined : block));
    // What held nothing else has nothing left to say.
    return kept !== message && Array.isArray(kept.content) && kept.content.length === 0 ? undefined : kept;
  };
  return withoutEnvelopes(
    body,
    (members) => withEntries(members, 'messages', clean),
    signsAll ? UNSIGNED : [],
  );
}
