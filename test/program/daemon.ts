import type { Program } from './program.ts';
import type { RotaHome, RunOptions } from './rota-home.ts';
import { MODEL } from './stage.ts';

/** `proxy serve`, running. */
export interface RunningProxy {
  readonly program: Program;
  readonly url: string;
  /** A chat request with this key, or with the one of `proxy key`; each begins another conversation. */
  chat(options?: ChatOptions): Promise<Response>;
  /** Ends it with SIGTERM, and gives its exit code. */
  stop(): Promise<number | null>;
}

export interface ChatOptions {
  readonly key?: string;
  readonly model?: string;
  readonly stream?: boolean;
}

/** Starts `proxy serve` at a free port; the key is asked for only where a request needs it. */
export async function serve(
  home: RotaHome,
  words: readonly string[] = [],
  options: RunOptions = {},
): Promise<RunningProxy> {
  const program = home.start(['serve', '--port', '0', ...words], options);
  const [, url = ''] = await program.said(/^Rota is listening on (http:\S+)\n/);
  let own: Promise<string> | undefined;
  let asked = 0;
  return {
    program,
    url,
    async chat({ key, model = MODEL, stream = false } = {}) {
      asked += 1;
      own ??= key === undefined ? home.done('key') : undefined;
      return fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key ?? (await own)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: `Question ${asked}` }] }),
      });
    },
    async stop() {
      program.kill('SIGTERM');
      return (await program.ended).code;
    },
  };
}

/** Who answered a request; what was said in its place where nobody did. */
export async function answeredBy(response: Response): Promise<string> {
  const text = await response.text();
  return response.status === 200
    ? (response.headers.get('x-rota-account') ?? '')
    : `${response.status} ${text}`;
}
