import type { Assistant } from './assistant.ts';
import { opencode } from './opencode.ts';

const claudeCode: Assistant = {
  name: 'Claude Code',
  package: '@anthropic-ai/claude-code',
  program: 'claude',
  protocol: 'anthropic-messages',
  model: 'claude-opus-5-5',
  files: () => ({}),
  environment: ({ url, key, model, smallModel, home }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: smallModel,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CONFIG_DIR: `${home}/.claude`,
  }),
  arguments: ({ work }, prompt) => [
    '-p',
    prompt,
    '--allowedTools',
    'Write',
    '--permission-mode',
    'acceptEdits',
    '--add-dir',
    work,
  ],
  write: (path, content) => ({
    name: 'Write',
    arguments: JSON.stringify({ file_path: path, content }),
  }),
};

const codex: Assistant = {
  name: 'Codex',
  package: '@openai/codex',
  program: 'codex',
  protocol: 'openai-responses',
  model: 'gpt-5.5',
  files: ({ url, model }) => ({
    '.codex/config.toml': `model = "${model}"
model_provider = "rota"
check_for_update_on_startup = false

[model_providers.rota]
name = "Rota"
base_url = "${url}/v1"
env_key = "ROTA_KEY"
wire_api = "responses"

[features]
plugins = false
remote_plugin = false
plugin_sharing = false
apps = false
skill_mcp_dependency_install = false

[analytics]
enabled = false

[otel]
exporter = "none"
`,
  }),
  environment: ({ key }) => ({ ROTA_KEY: key }),
  arguments: (_around, prompt) => [
    'exec',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    prompt,
  ],
  write: (path, content) => ({
    name: 'exec_command',
    arguments: JSON.stringify({ cmd: `printf %s '${content}' > '${path}'` }),
  }),
};

const geminiCli: Assistant = {
  name: 'Gemini CLI',
  package: '@google/gemini-cli',
  program: 'gemini',
  protocol: 'gemini',
  model: 'gemini-3.8-flash',
  files: () => ({
    '.gemini/settings.json': JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
    }),
  }),
  environment: ({ url, key }) => ({
    GEMINI_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  arguments: ({ model }, prompt) => ['-p', prompt, '--yolo', '-m', model],
  write: (path, content) => ({
    name: 'write_file',
    arguments: JSON.stringify({ file_path: path, content }),
  }),
};

/** In the order in which they are run; those of one package follow each other. */
export const assistants: readonly Assistant[] = [claudeCode, codex, geminiCli, ...opencode];
