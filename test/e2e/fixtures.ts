import { readdirSync, readFileSync } from 'node:fs';

export interface Transcript {
  readonly status: number;
  readonly sse?: readonly { readonly event?: string; readonly data?: unknown; readonly comment?: string }[];
  readonly json?: unknown;
}

/** An answer of an upstream as it was recorded, with the question that it belongs to, by short protocol name. */
export interface Fixture {
  readonly id: string;
  readonly upstream: string;
  readonly stream: boolean;
  readonly requests: Readonly<Record<string, { readonly path: string; readonly body: object }>>;
  readonly transcripts: Readonly<Record<string, Transcript>>;
}

const folder = new URL('../fixtures/', import.meta.url);

/** The recorded answers, each as its own upstream gave it. */
export function answerFixtures(upstream: string): readonly Fixture[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Fixture & { kind: string })
    .filter((fixture) => fixture.kind === 'response' && fixture.upstream === upstream);
}

/** A transcript as bytes on the wire. */
export function bytesOf({ sse, json }: Transcript): Buffer {
  if (sse === undefined) return Buffer.from(JSON.stringify(json));
  const frames = sse.map(({ event, data, comment }) => {
    if (comment !== undefined) return `: ${comment}\n\n`;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
  });
  return Buffer.from(frames.join(''));
}
