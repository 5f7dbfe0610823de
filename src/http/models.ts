import type { RequestHandler } from 'express';
import { RotaError, type Failure } from '../failure.ts';
import { modelIn } from '../protocols/gemini/address.ts';
import { sendJson, type Context } from './answer.ts';
import { dialectOf } from './dialect.ts';
import type { HttpParts } from './parts.ts';

/** The models of all accounts, in the caller's own shape. */
export function listModels(parts: HttpParts): RequestHandler {
  return async (request, response) => {
    const list = dialectOf(request).encodeModelList(await parts.models());
    sendJson(response, 200, list, response.locals.context as Context);
  };
}

/** One of them; ids hold slashes. */
export function oneModel(parts: HttpParts): RequestHandler {
  return async (request, response) => {
    const { rest } = request.params as unknown as { readonly rest: readonly string[] };
    const name = modelIn(rest.join('/'));
    const model = (await parts.models()).find((one) => one.id === name);
    if (!model) throw new RotaError(unknownModel(name));
    sendJson(response, 200, dialectOf(request).encodeModel(model), response.locals.context as Context);
  };
}

function unknownModel(name: string): Failure {
  const message = `No account has a model '${name.slice(0, 200)}'. GET /v1/models lists what they have.`;
  return { kind: 'model-not-found', model: name, near: [], message };
}
