import { ant } from './ant.ts';
import { aider, codex, opencode } from './assistants.ts';
import { az } from './az.ts';
import { cliProxyApi } from './cli-proxy-api.ts';
import { environment } from './environment.ts';
import { gcloud } from './gcloud.ts';
import { huggingfaceToken } from './huggingface-token.ts';
import { reservedFiles } from './reserved-files.ts';
import type { ImportSource } from './source.ts';

/** Every place that is looked at, in this order: one more is one file and one line here. */
export const importSources: readonly ImportSource[] = [
  environment,
  huggingfaceToken,
  gcloud,
  ant,
  az,
  codex,
  opencode,
  aider,
  cliProxyApi,
  reservedFiles,
];
