import { startRota } from '../e2e/rota.ts';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { Call } from '../simulator/calls.ts';
import type { ToolCall } from '../simulator/behaviour.ts';

export const protocols = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const;

/** What assistants ask besides goes to an account of its own, so that it does not use up what the main one shall say. */
export const SMALL_MODEL = 'small-model';

/** A daemon whose one provider speaks one protocol, with a simulated upstream that says what it is told. */
export interface Lab {
  readonly upstream: string;
  readonly url: string;
  readonly key: string;
  /** The next two answers: a call of a tool, and a text. */
  prepare(call: ToolCall, text: string): void;
  /** The calls since, and whatever no well-behaved client would have sent. */
  look(): { readonly calls: readonly Call[]; readonly complaints: readonly string[] };
  close(): Promise<void>;
}

export async function openLab(upstream: string, models: readonly string[]): Promise<Lab> {
  const simulator = await startSimulator({ models });
  const bases = {
    'openai-chat': `${simulator.url}/v1`,
    'openai-responses': `${simulator.url}/v1`,
    'anthropic-messages': simulator.url,
    gemini: simulator.url,
  };
  const spoken = Object.fromEntries(Object.entries(bases).filter(([name]) => name === upstream));
  const provider = (of: readonly string[]) => ({ models: of, protocols: spoken });
  simulator.account('key-main');
  simulator.account('key-small', { answer: { text: 'A file' } });
  const rota = await startRota({
    upstream: simulator.url,
    accounts: [
      { label: 'main', key: 'key-main', provider: 'lab' },
      { label: 'small', key: 'key-small', provider: 'side' },
    ],
    settings: { providers: { lab: provider(models), side: provider([SMALL_MODEL]) } },
  });
  return {
    upstream,
    url: rota.url,
    key: rota.key,
    prepare(call, text) {
      simulator.reset();
      simulator.script('key-main', faults.answer({ toolCalls: [call] }), faults.answer({ text }));
    },
    look: () => ({
      calls: simulator.calls.filter(({ kind, key }) => kind === 'generate' && key === 'key-main'),
      complaints: simulator.unexpected.map(({ problem }) => problem),
    }),
    async close() {
      await rota.close();
      await simulator.close();
    },
  };
}
