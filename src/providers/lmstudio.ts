import { localProvider } from './local-provider.ts';

/** lmstudio.ai/docs/developer/openai-compat: port 1234 unless the server was told another */
export const lmstudio = localProvider({ id: 'lmstudio', label: 'LM Studio', port: 1234 });
