import { Secret } from '../../secret.ts';
import { textOf } from '../json-fields.ts';
import { below, objectIn, variableOf, type Found, type ImportHome, type ImportSource } from './source.ts';

const FILE = 'application_default_credentials.json';

/**
 * Application Default Credentials (cloud.google.com/docs/authentication/application-default-credentials). Of a person's sign-in
 * nothing is copied but the project that pays: `gcloud` prints a token when one is needed. A service account's key is copied.
 */
export const gcloud: ImportSource = {
  id: 'gcloud',
  label: "gcloud's application default credentials",
  files: (home) => [variableOf(home, 'GOOGLE_APPLICATION_CREDENTIALS') ?? below(folderOf(home), FILE)],
  find: (files, home) =>
    files.flatMap(({ path, text }) => foundIn(text, path, variableOf(home, 'GOOGLE_CLOUD_PROJECT'))),
};

function foundIn(text: string, from: string, usualProject: string | undefined): readonly Found[] {
  const { type, quota_project_id: quotaProject, project_id: ownProject } = objectIn(text);
  const project = textOf(quotaProject) ?? textOf(ownProject) ?? usualProject;
  const common = { provider: 'vertex', from, ...(project !== undefined && { values: { project } }) };
  if (type === 'service_account') return [{ kind: 'service-account', keyFile: new Secret(text), ...common }];
  if (type !== 'authorized_user') return [];
  const argv = ['gcloud', 'auth', 'application-default', 'print-access-token'];
  return [{ kind: 'command', argv, ...common }];
}

function folderOf(home: ImportHome): string {
  const own = variableOf(home, 'CLOUDSDK_CONFIG');
  if (own !== undefined) return own;
  if (home.platform !== 'win32') return below(home.homedir, '.config', 'gcloud');
  return below(variableOf(home, 'APPDATA') ?? below(home.homedir, 'AppData', 'Roaming'), 'gcloud');
}
