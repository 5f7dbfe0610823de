import { compatibleProvider } from './compatible.ts';
import type { Provider } from './provider.ts';

export interface LocalFacts {
  readonly id: string;
  readonly label: string;
  /** Where it listens when nobody told it otherwise. */
  readonly port: number;
}

/** A model server on this machine, at the port that is its own; at another one it is a `compatible` endpoint. */
export function localProvider({ id, label, port }: LocalFacts): Provider {
  return {
    ...compatibleProvider({ id, label, baseUrl: `http://127.0.0.1:${port}/v1` }),
    isLocal: true,
    terms: {
      kind: 'unrestricted',
      note: 'A server of your own, on your own machine.',
      checked: '2026-11-20',
    },
  };
}
