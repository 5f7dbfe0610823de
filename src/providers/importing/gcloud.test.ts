import { describe, expect, it } from 'vitest';
import { gcloud } from './gcloud.ts';

const PATH = '/home/ada/.config/gcloud/application_default_credentials.json';

function projectIn(content: object, env: Readonly<Record<string, string>>): unknown {
  const home = { env, platform: 'linux', homedir: '/home/ada' } as const;
  const [found] = gcloud.find([{ path: PATH, text: JSON.stringify(content) }], home, []);
  return found?.kind === 'command' ? found.values?.['project'] : found?.kind;
}

describe("gcloud's application default credentials", () => {
  it.each([
    ['the one of the file', { quota_project_id: 'of-file' }, 'of-file'],
    ['that of GOOGLE_CLOUD_PROJECT where the file names none', {}, 'of-variable'],
  ])('are of a project that pays: %s', (_, more, project) => {
    const env = { GOOGLE_CLOUD_PROJECT: 'of-variable' };
    expect(projectIn({ type: 'authorized_user', ...more }, env)).toBe(project);
  });

  it('leave the project open where nothing names it', () => {
    expect(projectIn({ type: 'authorized_user' }, {})).toBeUndefined();
  });
});
