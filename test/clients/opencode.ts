import type { Assistant, Surroundings } from './assistant.ts';

/** The same program with each of its four ways to speak to a model. */
export const opencode: readonly Assistant[] = [
  one('openai-chat', '@ai-sdk/openai-compatible', 'v1', 'gpt-5.5'),
  one('openai-responses', '@ai-sdk/openai', 'v1', 'gpt-5.5'),
  one('anthropic-messages', '@ai-sdk/anthropic', 'v1', 'claude-opus-5-5'),
  one('gemini', '@ai-sdk/google', 'v1beta', 'gemini-3.8-flash'),
];

function one(protocol: string, library: string, version: string, model: string): Assistant {
  return {
    name: `opencode (${protocol})`,
    package: 'opencode-ai',
    program: 'opencode',
    protocol,
    model,
    files: (around) => ({
      '.config/opencode/opencode.json': JSON.stringify(settings(around, library, version)),
    }),
    environment: () => ({
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_SHARE: '1',
      OPENCODE_PURE: '1',
      // It looks for plugins of its own in the package registry, and would ask again and again.
      NPM_CONFIG_FETCH_RETRIES: '0',
    }),
    arguments: (_around, prompt) => ['run', prompt],
    // For some models it has a tool that writes and for others one that patches; this one it has for all.
    write: (path, content) => ({
      name: 'bash',
      arguments: JSON.stringify({
        command: `printf %s '${content}' > '${path}'`,
        description: 'Writes the file',
      }),
    }),
  };
}

function settings({ url, key, model, smallModel }: Surroundings, library: string, version: string): object {
  return {
    autoupdate: false,
    share: 'disabled',
    model: `rota/${model}`,
    small_model: `rota/${smallModel}`,
    permission: { edit: 'allow', bash: 'allow', webfetch: 'deny' },
    provider: {
      rota: {
        npm: library,
        name: 'Rota',
        options: { baseURL: `${url}/${version}`, apiKey: key },
        models: { [model]: {}, [smallModel]: {} },
      },
    },
  };
}
