import { textOf } from '../json-fields.ts';
import { below, objectIn, variableOf, type ImportHome, type ImportSource } from './source.ts';

const FILE = 'application_default_credentials.json';

/**
 * Application Default Credentials (cloud.google.com/docs/authentication/application-default-credentials). Nothing of the file is
 * copied but the project that pays: `gcloud` prints a token when one is needed.
 */
export const gcloud: ImportSource = {
  id: 'gcloud',
  label: "gcloud's application default credentials",
  files: (home) => [variableOf(home, 'GOOGLE_APPLICATION_CREDENTIALS') ?? below(folderOf(home), FILE)],
  find: (files) =>
    files.flatMap(({ path, text }) => {
      const { type, quota_project_id: quotaProject, project_id: ownProject } = objectIn(text);
      if (type !== 'authorized_user' && type !== 'service_account') return [];
      const project = textOf(quotaProject) ?? textOf(ownProject);
      return [
        {
          kind: 'command' as const,
          provider: 'vertex',
          argv: ['gcloud', 'auth', 'application-default', 'print-access-token'],
          from: path,
          ...(project !== undefined && { values: { project } }),
        },
      ];
    }),
};

function folderOf(home: ImportHome): string {
  const own = variableOf(home, 'CLOUDSDK_CONFIG');
  if (own !== undefined) return own;
  if (home.platform !== 'win32') return below(home.homedir, '.config', 'gcloud');
  return below(variableOf(home, 'APPDATA') ?? below(home.homedir, 'AppData', 'Roaming'), 'gcloud');
}
