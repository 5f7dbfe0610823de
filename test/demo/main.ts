import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOAuthServer } from '../oauth-server/server.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { runProgram } from './program.ts';

const MODEL = 'gpt-5.5';
const PEOPLE = ['ada', 'ben', 'cleo'];
const FOR_REAL = `npm link                    # gives you the commands \`proxy\` and \`rota\`
proxy login openrouter      # or openai, anthropic, gemini, compatible; again for each further account
proxy serve

OPENAI_BASE_URL=http://127.0.0.1:8317/v1 OPENAI_API_KEY=$(proxy key) your-assistant
`;
/** Whose quota runs out on the way, and after how many requests. */
const LIMITED = { login: 'ben', requests: 2 };
const REQUESTS = 9;

/**
 * Shows the whole path without any account: three sign-ins at a real authorization server, then requests while one of
 * the accounts runs into its limit. Everything is on this machine, in a folder that is gone afterwards.
 */
async function demo(): Promise<void> {
  const provider = await startSimulator({ models: [MODEL] });
  const authorization = await startOAuthServer({
    onIssued: (accessToken, login) => {
      const quota =
        login === LIMITED.login ? { quota: { requests: LIMITED.requests, windowMs: 60_000 } } : {};
      provider.account(accessToken, { label: login, models: [MODEL], ...quota });
    },
  });
  const home = await mkdtemp(join(tmpdir(), 'rota-demo-'));
  // A key file in the same throw-away folder: the keychain of whoever tries this stays as it is.
  const env = { ROTA_HOME: home, ROTA_KEYCHAIN: 'file', ROTA_LOG: 'error' };
  try {
    await writeFile(
      join(home, 'config.json'),
      JSON.stringify(settings(authorization.issuer, authorization.clientId, provider.url)),
    );
    title('1. Sign in to three accounts (OAuth with PKCE, at an authorization server on this machine)');
    for (const login of PEOPLE) {
      const signIn = runProgram(['login', 'demo', '--no-browser', '--label', login], env);
      const [url] = await signIn.said(/http:\/\/\S+[?&]code_challenge=\S+/);
      await authorization.consent(url, { login });
      await signIn.result();
      say(`   $ ${`proxy login demo --label ${login}`.padEnd(34)}signed in`);
    }

    title('2. Serve them behind one address');
    const serve = runProgram(['serve', '--port', '0'], env);
    const [, address = ''] = await serve.said(/Rota is listening on (http:\S+)/);
    const key = await runProgram(['key'], env).result();
    say(`   $ proxy serve                       Rota is listening on ${address}`);
    say(`   $ proxy key                         rota_…`);

    title(`3. ${REQUESTS} requests; ${LIMITED.login} may make ${LIMITED.requests}, then gets a 429`);
    for (let number = 1; number <= REQUESTS; number += 1) await ask(address, key, number);

    title('4. What Rota knows of its accounts now');
    say(indent(await runProgram(['status'], env).result()));
    serve.process.kill('SIGTERM');
    await once(serve.process, 'close');

    title('For real');
    say(indent(FOR_REAL));
  } finally {
    await Promise.all([provider.close(), authorization.close()]);
    await rm(home, { recursive: true, force: true });
  }
}

function settings(issuer: string, clientId: string, upstream: string): object {
  return {
    providers: {
      demo: {
        label: 'A provider on this machine',
        protocols: { 'openai-chat': `${upstream}/v1` },
        login: {
          kind: 'authorization-code',
          issuer,
          clientId,
          scopes: ['openid', 'email', 'offline_access'],
        },
      },
    },
  };
}

async function ask(address: string, key: string, number: number): Promise<void> {
  const stream = number % 2 === 0;
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      stream,
      messages: [{ role: 'user', content: `Question ${number}` }],
    }),
  });
  await response.text();
  const account = response.headers.get('x-rota-account') ?? '?';
  const attempts = Number(response.headers.get('x-rota-attempts'));
  const how = stream ? 'stream' : 'json  ';
  const note = attempts > 1 ? `   (${LIMITED.login} said 429; nobody noticed)` : '';
  say(`   ${String(number).padStart(2)}  ${how}  ${response.status}  answered by ${account}${note}`);
}

function title(text: string): void {
  say(`\n${text}\n`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '   ');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await demo();
