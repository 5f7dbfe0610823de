import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** A text to search, and where it was found. */
export interface Place {
  readonly where: string;
  readonly text: string;
}

/** Each canary in each place, in whatever form: as one line for each find, which does not repeat the secret. */
export function findCanaries(canaries: readonly Canary[], places: readonly Place[]): readonly string[] {
  const forms = canaries.flatMap(({ name, value }) =>
    formsOf(value).map(([form, text]) => ({ name, form, text })),
  );
  return places.flatMap(({ where, text }) =>
    forms.filter((one) => text.includes(one.text)).map(({ name, form }) => `${name} (${form}) in ${where}`),
  );
}

/** Every file under a folder, its own name included: a secret in a file's name is out as well. */
export async function filesUnder(folder: string): Promise<readonly Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = entry.isFile() ? await readFile(path, 'latin1') : '';
      return { where: path.slice(folder.length), text: `${path}\n${text}` };
    }),
  );
}

/** A secret and its disguises. The first and last twelve characters stand for one that was cut. */
export function formsOf(value: string): readonly (readonly [form: string, text: string])[] {
  const json = JSON.stringify(value).slice(1, -1);
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // Only the digits that come from the secret alone.
    return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
  });
  const forms: readonly (readonly [string, string])[] = [
    ['plain', value],
    ['its beginning', value.slice(0, 12)],
    ['its end', value.slice(-12)],
    ['JSON', json],
    ['JSON with escaped slashes', json.replaceAll('/', String.raw`\/`)],
    ['JSON inside JSON', JSON.stringify(json).slice(1, -1)],
    ['URL-encoded', encodeURIComponent(value)],
    ['URL-encoded, lower case', encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['form-encoded', new URLSearchParams({ x: value }).toString().slice(2)],
    ['hexadecimal', bytes.toString('hex')],
    ['reversed', value.split('').toReversed().join('')],
    ...base64.flatMap((text, shift) => [
      [`base64, shifted by ${shift}`, text] as const,
      [`base64url, shifted by ${shift}`, text.replaceAll('+', '-').replaceAll('/', '_')] as const,
    ]),
  ];
  return forms.filter(([, text], at) => forms.findIndex(([, other]) => other === text) === at);
}
