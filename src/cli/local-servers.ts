import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';

/** A server on this machine answers at once, or is not there. */
const LIMIT_MS = 800;

/** The ids of those model servers on this machine that answer at their own port. Nothing secret is sent. */
export async function runningLocals(
  { fetch, userAgent, signal }: CliContext,
  providers: readonly Provider[],
): Promise<ReadonlySet<string>> {
  const answers = await Promise.all(
    providers.map(async ({ id, isLocal, modelList }) => {
      if (isLocal !== true || modelList === undefined) return [];
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
        const headers = { accept: 'application/json', 'user-agent': userAgent };
        const answer = await fetch(modelList.url, {
          method: 'GET',
          headers,
          redirect: 'manual',
          signal: limit,
        });
        // Whatever else listens there has another list of models, or none.
        if (answer.ok) modelList.parse(await answer.json());
        return answer.ok || answer.status === 401 ? [id] : [];
      } catch {
        return [];
      }
    }),
  );
  return new Set(answers.flat());
}
