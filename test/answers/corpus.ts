import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerSchema, type AnswerCase } from './form.ts';

const folder = fileURLToPath(new URL('../../src/providers/test-data/answers', import.meta.url));

/** When every answer of the corpus came: 2026-11-20T10:00:00Z, a Friday. Moments in the files are counted from here. */
export const ANSWERED_AT = Date.UTC(2026, 10, 20, 10, 0, 0);

export interface CorpusFile {
  /** `<vendor>/<case>.json` */
  readonly path: string;
  readonly vendor: string;
  readonly answer: AnswerCase;
}

const isAnswer = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<AnswerCase>(answerSchema);

/** Every case there is, by vendor: whatever lies in the folder is part of it. @throws Error where a file has not the form. */
export function readCorpus(): readonly CorpusFile[] {
  return readdirSync(folder).flatMap((vendor) =>
    readdirSync(`${folder}/${vendor}`).map((name) => readCase(vendor, `${vendor}/${name}`)),
  );
}

function readCase(vendor: string, path: string): CorpusFile {
  const content: unknown = JSON.parse(readFileSync(`${folder}/${path}`, 'utf8'));
  const problems = problemsOf(content);
  if (!isAnswer(content)) throw new Error(`${path}: ${problems.join('; ')}`);
  return { path, vendor, answer: content };
}

/** What is wrong with the form of a case; nothing where it is right. */
export function problemsOf(content: unknown): readonly string[] {
  if (isAnswer(content)) return [];
  return (isAnswer.errors ?? []).map(
    ({ instancePath, message = '', params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** The body as it came over the wire. */
export function bodyOf({ body }: AnswerCase): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
