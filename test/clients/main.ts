import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plainEnvironment, type Assistant } from './assistant.ts';
import { assistants } from './assistants.ts';
import { install, type Installed } from './install.ts';
import { openLab, protocols, type Lab } from './lab.ts';
import { startLoopbackProxy, type LoopbackProxy } from './loopback-proxy.ts';
import { round } from './round.ts';

/**
 * Real assistants from the package registry, each through the daemon to a simulated upstream of each protocol. Whatever
 * cannot be installed or started is left out with its reason. Besides the installing nothing leaves this machine.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    // Packages installed here stay, and are taken again the next time.
    options: { folder: { type: 'string' } },
  });
  const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'rota-clients-')));
  const wanted = assistants.filter(
    ({ program }) => positionals.length === 0 || positionals.includes(program),
  );
  const proxy = await startLoopbackProxy();
  const models = [...new Set(assistants.map(({ model }) => model))];
  const labs = await Promise.all(protocols.map(async (protocol) => openLab(protocol, models)));
  try {
    let failures = 0;
    for (const assistant of wanted) failures += await tryOut(assistant, folder, labs, proxy);
    say(failures === 0 ? '\nAll that could be run went well.' : `\n${failures} went wrong.`);
    return failures === 0 ? 0 : 1;
  } finally {
    for (const lab of labs) await lab.close();
    await proxy.close();
    if (values.folder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @returns how many of its rounds failed */
async function tryOut(
  assistant: Assistant,
  folder: string,
  labs: readonly Lab[],
  proxy: LoopbackProxy,
): Promise<number> {
  const installed: Installed = await install(assistant, folder, plainEnvironment(folder, proxy.url));
  if ('missing' in installed) {
    say(`skipped  ${assistant.name}: ${installed.missing}`);
    return 0;
  }
  say(`\n${assistant.name} ${installed.version}, which speaks ${assistant.protocol}`);
  let failures = 0;
  for (const lab of labs) {
    const startedAt = Date.now();
    const problem = await round(assistant, installed.program, lab, proxy.url);
    if (problem !== undefined) failures += 1;
    const tookS = ((Date.now() - startedAt) / 1000).toFixed(1);
    const how = lab.upstream === assistant.protocol ? 'relayed' : 'translated';
    const row = `over ${lab.upstream.padEnd(18)}  ${how.padEnd(10)}  ${tookS} s`;
    say(
      `${problem === undefined ? 'passed ' : 'FAILED '}  ${row}${problem === undefined ? '' : `  ${problem}`}`,
    );
  }
  const hosts = proxy.refused();
  if (hosts.length > 0) say(`         asked for ${hosts.join(', ')}, and was not let out`);
  return failures;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
