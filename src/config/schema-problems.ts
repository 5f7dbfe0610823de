import type { ErrorObject } from 'ajv';
import { nearest } from '../nearest.ts';
import { isRecord, keyName } from './problem.ts';
import type { KeyPath, SettingsProblem } from './problem.ts';
import type { SchemaNode } from './schema.ts';

/** Keys that people look for here although no secret may stand in a file that is not kept as one. */
const SECRETS = new Map([
  [
    'clientSecret',
    'is not accepted: a secret may not stand in the settings, and a public client with PKCE needs none',
  ],
  ['apiKey', 'is not accepted: `proxy login` takes the key and puts it into the credential store'],
  ['key', 'is not accepted: `proxy login` takes the key and puts it into the credential store'],
]);

/** What Ajv found, in words. Needs its `verbose` errors. */
export function schemaProblems(
  errors: readonly ErrorObject[],
  settings: unknown,
  schema: SchemaNode,
): SettingsProblem[] {
  return errors.flatMap((error) => problemOf(error, settings, schema) ?? []);
}

function problemOf(error: ErrorObject, settings: unknown, schema: SchemaNode): SettingsProblem | undefined {
  const path = pathOf(error.instancePath, settings);
  // With `verbose`, Ajv gives back the very node of our own schema.
  const node = (error.parentSchema ?? {}) as SchemaNode;
  switch (error.keyword) {
    // These only say that something inside failed; its own error stands beside them.
    case 'if':
    case 'discriminator':
      return undefined;
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty']);
      return { key: keyName([...path, key]), text: unknownKeyText(key, path, node, schema) };
    }
    case 'required': {
      const key = String(error.params['missingProperty']);
      return {
        key: keyName([...path, key]),
        text: `is missing: it must be ${expected(node.properties?.[key])}`,
      };
    }
    case 'type':
      return { key: keyName(path), text: `must be ${expected(node)}, not ${typeName(error.data)}` };
    default:
      return { key: keyName(path), text: `must be ${expected(node)}` };
  }
}

function expected(node: SchemaNode | undefined): string {
  return node?.description ?? 'something else';
}

function unknownKeyText(key: string, parent: KeyPath, node: SchemaNode, schema: SchemaNode): string {
  const secret = SECRETS.get(key);
  if (secret !== undefined) return secret;
  const siblings = Object.keys(node.properties ?? {});
  const [near] = nearest(key, siblings, 1);
  if (near !== undefined) return `is not a setting; did you mean ${keyName([...parent, near])}?`;
  const elsewhere = fixedKeys(schema, [])
    .filter((path) => path.at(-1) === key)
    .map(keyName);
  if (elsewhere.length > 0) return `is not a setting here; did you mean ${elsewhere.join(' or ')}?`;
  return `is not a setting; known here: ${siblings.join(', ')}`;
}

/** The keys whose whole path is known, so not those of the user's own providers. */
function fixedKeys(node: SchemaNode, path: readonly string[]): (readonly string[])[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    [...path, key],
    ...fixedKeys(child, [...path, key]),
  ]);
}

/** From a JSON Pointer (RFC 6901), which does not tell the index of a list from a key of digits. */
function pathOf(pointer: string, settings: unknown): KeyPath {
  const path: (string | number)[] = [];
  let at = settings;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(key) : key);
    at = Array.isArray(at) ? at[Number(key)] : isRecord(at) ? at[key] : undefined;
  }
  return path;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? `the number ${value}` : 'a string';
}
