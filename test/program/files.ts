import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below a folder, by its path from there. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** The files below a folder that hold one of the secrets, plain or in an encoding, as `path: which`. */
export async function leaksIn(
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const files = await filesIn(folder);
  const found = await Promise.all(
    files.map(async (file) => {
      const content = (await readFile(join(folder, file))).toString('latin1');
      return leakedNames(content, secrets).map((name) => `${file}: ${name}`);
    }),
  );
  return found.flat();
}

/** Which of the secrets a text holds, plain or in an encoding. */
export function leakedNames(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < 8) throw new Error('A secret this short is found everywhere.');
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => insideBase64(bytes, offset));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    bytes.toString('utf16le'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** What the base64 of a longer text looks like that holds the bytes at an offset: without what its neighbours decide. */
function insideBase64(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const before = offset === 0 ? 0 : offset + 1;
  const isWhole = (offset + bytes.length) % 3 === 0;
  return text.slice(before, isWhole ? undefined : -1);
}
