import { Secret } from '../../secret.ts';
import { below, variableOf, type ImportSource } from './source.ts';

/** What `hf auth login` keeps (huggingface.co/docs/huggingface_hub/package_reference/environment_variables, HF_HOME). */
export const huggingfaceToken: ImportSource = {
  id: 'huggingface',
  label: 'the Hugging Face token',
  files: (home) => [
    below(variableOf(home, 'HF_HOME') ?? below(home.homedir, '.cache', 'huggingface'), 'token'),
  ],
  find: (files) =>
    files.flatMap(({ path, text }) =>
      /^hf_\w+$/.test(text.trim())
        ? [{ kind: 'key' as const, provider: 'huggingface', key: new Secret(text.trim()), from: path }]
        : [],
    ),
};
