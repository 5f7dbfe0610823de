import { request, type IncomingHttpHeaders } from 'node:http';
import OpenAI from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { afterEach } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator.ts';

const running: Simulator[] = [];

export async function start(options?: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator(options);
  running.push(simulator);
  simulator.account('sk-a', { label: 'work' });
  simulator.account('sk-b', { label: 'home' });
  return simulator;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

export function sdk(simulator: Simulator, apiKey = 'sk-a'): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${simulator.url}/v1`, maxRetries: 0 });
}

export interface Seen {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  pieces: Buffer[];
  text: string;
  /** How the connection failed, or undefined. */
  error: string | undefined;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export const HELLO = { model: 'gpt-5.5', messages: [{ role: 'user' as const, content: 'Hi there' }] };

/** A client that hides nothing of what happens on the wire. */
export async function ask(simulator: Simulator, asked: Asked = {}): Promise<Seen> {
  const seen: Seen = { status: undefined, headers: {}, pieces: [], text: '', error: undefined };
  const method = asked.method ?? 'POST';
  const usual = method === 'POST' ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve) => {
    const done = (error?: NodeJS.ErrnoException): void => {
      seen.error = error?.code;
      seen.text = Buffer.concat(seen.pieces).toString();
      resolve(seen);
    };
    const call = request(`${simulator.url}${asked.path ?? '/v1/chat/completions'}`, {
      method,
      agent: false,
      headers: { authorization: 'Bearer sk-a', ...usual, ...asked.headers },
    });
    call.on('error', done);
    call.on('response', (response) => {
      seen.status = response.statusCode;
      seen.headers = response.headers;
      response.on('data', (piece: Buffer) => seen.pieces.push(piece));
      response.on('error', done);
      response.on('end', () => done());
    });
    call.end(method === 'POST' ? (asked.body ?? JSON.stringify(HELLO)) : undefined);
  });
}

export const streaming = (more: object = {}): Asked => ({
  body: JSON.stringify({ ...HELLO, stream: true, ...more }),
});

export function events(text: string): string[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/u)
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
}

export function joined(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}

export async function chunksOf(simulator: Simulator, more: object = {}): Promise<ChatCompletionChunk[]> {
  const stream = await sdk(simulator).chat.completions.create({ ...HELLO, ...more, stream: true });
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
