import { createLogger } from '../../src/log/logger.ts';
import { renderJson } from '../../src/log/render.ts';
import type { HttpParts } from '../../src/http/parts.ts';
import { defaultLimits, listen, type ListeningServer, type ServerLimits } from '../../src/http/server.ts';
import { Secret } from '../../src/secret.ts';

export interface BareServer {
  readonly server: ListeningServer;
  readonly logLines: readonly string[];
}

/** The door alone, with nothing behind it but what the test puts there; the keys are `local` and `admin`. */
export async function startBareServer(
  parts: Partial<HttpParts> = {},
  limits: Partial<ServerLimits> = {},
): Promise<BareServer> {
  const logLines: string[] = [];
  const holder = (key: string) => {
    const secret = new Secret(key);
    return { peek: () => secret, get: async () => secret };
  };
  let serial = 0;
  const whole: HttpParts = {
    gateway: {
      async handle({ reply, body }) {
        reply.head(200, ['content-length', String(body.length)]);
        reply.end(body);
      },
    },
    localKey: holder('local'),
    adminKey: holder('admin'),
    log: createLogger({
      threshold: 'debug',
      clock: { now: () => 0 },
      render: renderJson,
      sink: (line) => void logLines.push(line),
    }),
    control: {
      status: async () => ({}),
      reset: async () => ({}),
      why: async () => ({}),
      reload: async () => ({}),
    },
    door: () => ({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }),
    maxBodyBytes: () => 33_554_432,
    models: async () => [],
    health: () => ({ name: 'rota' }),
    now: () => 0,
    newRequestId: () => `req_${(serial += 1)}`,
    ...parts,
  };
  return { server: await listen(whole, '127.0.0.1', 0, { ...defaultLimits, ...limits }), logLines };
}
