import { localProvider } from './local-provider.ts';

/** docs.vllm.ai, "OpenAI-Compatible Server": port 8000 unless --port says otherwise; a key where --api-key was given */
export const vllm = localProvider({ id: 'vllm', label: 'vLLM', port: 8000 });
