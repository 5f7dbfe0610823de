import { Router, type Request } from 'express';
import { RotaError } from '../failure.ts';
import { sendJson, type Context } from './answer.ts';
import type { HttpParts } from './parts.ts';

/** What the commands ask a running daemon. Behind the admin key; none of it returns a secret. */
export function controlRoutes({ control }: HttpParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const contextOf = (locals: Record<string, unknown>) => locals.context as Context;

  router.get('/status', async (_request, response) => {
    sendJson(response, 200, await control.status(), contextOf(response.locals));
  });
  const queryOf = ({ originalUrl }: Request) => new URL(originalUrl, 'http://localhost').searchParams;
  router.post('/reset', async (request, response) => {
    const asked = queryOf(request);
    const reset = await control.reset(asked.get('account') ?? undefined, asked.get('model') ?? undefined);
    sendJson(response, 200, reset, contextOf(response.locals));
  });
  router.get('/why', async (request, response) => {
    const explanation = await control.why(queryOf(request).get('request') ?? undefined);
    sendJson(response, 200, explanation, contextOf(response.locals));
  });
  router.post('/reload', async (_request, response) => {
    sendJson(response, 200, await control.reload(), contextOf(response.locals));
  });
  router.use((request) => {
    const path = request.baseUrl + request.path;
    const message = `There is no ${request.method} ${path.slice(0, 200)} here.`;
    throw new RotaError({ kind: 'not-found', message });
  });
  return router;
}
