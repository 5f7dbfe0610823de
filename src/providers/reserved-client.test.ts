import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { settingsProvider } from './from-settings.ts';
import { reservedClient, reservedClientIds } from './reserved-client.ts';

const KNOWN: readonly [string, string][] = [
  ['Claude Code', '9d1c250a-e61b-44d9-88ed-5944d1962f5e'],
  ['Codex', 'app_EMoamEEZ73f0CkXaXp7hrann'],
  ['Gemini CLI', '681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com'],
  ['Antigravity', '1071006060591-tmhssin2h21lcre235vtolojh4g403ep.apps.googleusercontent.com'],
  ['Copilot', 'Iv1.b507a08c87ecfe98'],
  ['Copilot', 'Ov23ctDVkRmgkPke0Mmm'],
  ['Copilot', '01ab8ac9411c470473ee'],
  ['Grok', 'b1a00492-073a-47ea-816f-4c329264a828'],
  ['Kimi', '17e5f671-d194-4dfb-9706-5516cb48c098'],
  ['Qwen', 'f0304373b74a44d2b584a3fb70ca9e56'],
  ['Microsoft', '04b07795-8ddb-461a-bbee-02f9e1bf7b46'],
  ['Microsoft', 'aebc6443-996d-45c2-90f0-388ff96faa56'],
  ['gcloud', '32555940559.apps.googleusercontent.com'],
  ['gcloud', '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com'],
];

describe("a vendor's own client id", () => {
  it.each(KNOWN)('of %s is refused with the name, and with what may be done in its place', (name, id) => {
    for (const written of [id, id.toUpperCase(), ` ${id}\n`]) {
      const refusal = reservedClient(written) ?? '';
      expect(refusal).toContain(name);
      expect(refusal).toMatch(/`proxy \w+|https:\/\/|Register an application/);
      expect(refusal).toMatch(/\.$/);
    }
  });

  it('has a case here, one and all', () => {
    expect(KNOWN.map(([, id]) => id).toSorted()).toEqual(reservedClientIds.toSorted());
  });

  it('is none where a person registered it', () => {
    for (const id of ['my-app', '123-abc.apps.googleusercontent.com', 'https://me.example/client.json']) {
      expect(reservedClient(id)).toBeUndefined();
    }
  });

  it.each(['authorization-code', 'device-code'] as const)('is refused in the settings too (%s)', (kind) => {
    const login = { kind, issuer: 'https://id.example.com', clientId: KNOWN[1]?.[1] ?? '' };
    let thrown: unknown;
    try {
      settingsProvider('lab', { protocols: { 'openai-chat': 'https://llm.example.com/v1' }, login });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RotaError);
    expect(thrown).toHaveProperty('failure.key', 'providers.lab.login.clientId');
    expect(thrown).toHaveProperty('failure.message', expect.stringContaining('Codex') as string);
  });
});
