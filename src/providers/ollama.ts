import { localProvider } from './local-provider.ts';

/** docs.ollama.com/api/openai-compatibility: port 11434 unless OLLAMA_HOST says otherwise */
export const ollama = localProvider({ id: 'ollama', label: 'Ollama', port: 11434 });
