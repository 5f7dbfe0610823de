import type { Secret } from '../../secret.ts';
import type { CatalogueEntry } from '../catalogue.ts';

/** Where things lie on a machine: passed in, so that a test has a home of its own. */
export interface ImportHome {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly homedir: string;
}

/** One thing that was found, with where. `from` never holds a secret. */
export type Found = { readonly from: string } & (
  | {
      readonly kind: 'key';
      readonly provider: string;
      readonly key: Secret;
      /** What the provider's address depends on, as far as it is known. */
      readonly values?: Readonly<Record<string, string>>;
    }
  /** A tool is signed in already: its token is printed when it is needed, and nothing of it is copied. */
  | {
      readonly kind: 'command';
      readonly provider: string;
      readonly argv: readonly string[];
      /** What the provider's address depends on, as far as it is known. */
      readonly values?: Readonly<Record<string, string>>;
      readonly label?: string;
    }
  /** The file of a service account's key, which is copied: whoever is to use it checks it. */
  | {
      readonly kind: 'service-account';
      readonly provider: string;
      readonly keyFile: Secret;
      readonly values?: Readonly<Record<string, string>>;
    }
  /** A server on this machine that asks for no key. */
  | { readonly kind: 'none'; readonly provider: string }
  /** There, and not taken: why, and what may be done in its place. */
  | { readonly kind: 'refused'; readonly why: string }
  /** What a person may do with it, which needs more than what was found. */
  | { readonly kind: 'hint'; readonly command: string }
);

/** A file as it was read: its path, and its text, or the names in it where it is a folder. */
export interface ReadFile {
  readonly path: string;
  readonly text: string;
}

/** A place where other programs keep what signs in. One file each. */
export interface ImportSource {
  readonly id: string;
  readonly label: string;
  /** Files that may be there; those that are not are passed over. */
  files?(home: ImportHome): readonly string[];
  /** Folders of which the names count, and nothing else. */
  folders?(home: ImportHome): readonly string[];
  /** `entries`: those that a key may be for. */
  find(files: readonly ReadFile[], home: ImportHome, entries: readonly CatalogueEntry[]): readonly Found[];
}

/** A path below the home folder; every platform of ours takes slashes. */
export function below(folder: string, ...parts: readonly string[]): string {
  return [folder.replace(/[/\\]+$/, ''), ...parts].join('/');
}

export function variableOf({ env }: ImportHome, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** What the vendor's own variables tell of whose a provider's address is; what has another form than it must have is left out. */
export function valuesIn(
  home: ImportHome,
  { values }: Pick<CatalogueEntry, 'values'>,
): { readonly values?: Readonly<Record<string, string>> } {
  const known = values.flatMap(({ name, pattern, variables = [] }) => {
    const said = variables.flatMap((variable) => {
      const text = variableOf(home, variable.name);
      return text === undefined
        ? []
        : [variable.within === undefined ? text : variable.within.exec(text)?.[1]];
    });
    const [first] = said;
    return first !== undefined && pattern.test(first) ? [[name, first] as const] : [];
  });
  return known.length === 0 ? {} : { values: Object.fromEntries(known) };
}

/** An object of JSON; none for any other text. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
