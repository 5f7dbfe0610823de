import type { Person } from '../oauth-server/browser.ts';
import { startOAuthServer } from '../oauth-server/server.ts';
import type { OAuthServer, OAuthServerOptions } from '../oauth-server/server.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Ended, Program } from './program.ts';
import { makeRotaHome } from './rota-home.ts';
import type { HomeOptions, RotaHome } from './rota-home.ts';

export const MODEL = 'gpt-5.5';

/** A provider with real sign-in, and homes of people who have accounts there. */
export interface Stage {
  readonly provider: Simulator;
  readonly authorization: OAuthServer;
  /** Every access and refresh token that was ever handed out. */
  readonly tokens: readonly string[];
  /** Settings that know the provider as `demo`. */
  settings(more?: object, login?: object): object;
  home(options?: HomeOptions): Promise<RotaHome>;
  /** Begins `proxy login demo`, up to where it waits for the browser. */
  beginLogin(home: RotaHome, ...words: readonly string[]): Promise<WaitingLogin>;
  /** A whole sign-in of this person. */
  login(home: RotaHome, person: Person | string, ...words: readonly string[]): Promise<Ended>;
  /** Ends everything that still runs, and removes all folders. */
  close(): Promise<void>;
}

export interface WaitingLogin {
  readonly program: Program;
  /** Where the browser begins. */
  readonly url: string;
  /** Where it shall end. */
  readonly redirectUri: string;
}

export async function openStage(options: OAuthServerOptions = {}): Promise<Stage> {
  const tokens: string[] = [];
  const homes: RotaHome[] = [];
  const provider = await startSimulator({ models: [MODEL] });
  const authorization = await startOAuthServer({
    ...options,
    onIssued(accessToken, login) {
      tokens.push(accessToken);
      provider.account(accessToken, { label: login, models: [MODEL] });
      options.onIssued?.(accessToken, login);
    },
    onRefreshToken(refreshToken) {
      tokens.push(refreshToken);
      options.onRefreshToken?.(refreshToken);
    },
  });

  const settings = (more: object = {}, login: object = {}): object => ({
    providers: {
      demo: {
        label: 'The demo provider',
        protocols: { 'openai-chat': `${provider.url}/v1` },
        login: {
          kind: 'authorization-code',
          issuer: authorization.issuer,
          clientId: authorization.clientId,
          scopes: ['openid', 'email', 'offline_access'],
          ...login,
        },
      },
    },
    ...more,
  });
  const beginLogin = async (home: RotaHome, ...words: readonly string[]): Promise<WaitingLogin> => {
    const program = home.start(['login', 'demo', '--no-browser', ...words], { stdin: 'open' });
    const [, url = ''] = await program.said(/(http:\/\/\S+[?&]code_challenge=\S+)\n/);
    // By then it reads what is pasted, too.
    await program.said(/Waiting for the sign-in/);
    return { program, url, redirectUri: new URL(url).searchParams.get('redirect_uri') ?? '' };
  };

  return {
    provider,
    authorization,
    tokens,
    settings,
    async home(of = {}) {
      const home = await makeRotaHome({ settings: settings(), ...of });
      homes.push(home);
      return home;
    },
    beginLogin,
    async login(home, person, ...words) {
      const { program, url } = await beginLogin(home, ...words);
      await authorization.consent(url, typeof person === 'string' ? { login: person } : person);
      return program.ended;
    },
    async close() {
      await Promise.all(homes.map((home) => home.close()));
      await Promise.all([provider.close(), authorization.close()]);
    },
  };
}
