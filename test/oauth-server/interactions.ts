import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Interaction, Provider } from 'oidc-provider';

/** What the person of the test does, as the browser's query says it: `?login=ada`, and `&deny` to refuse. */
export const interactionPath = '/interaction/';

/** Performs the step that the server waits for: the login, or the consent. */
export async function finishInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wishes = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams;
  const interaction = await provider.interactionDetails(request, response);
  if (wishes.has('deny')) {
    const refusal = { error: 'access_denied', error_description: 'The person said no' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  const result =
    interaction.prompt.name === 'login'
      ? { login: { accountId: wishes.get('login') ?? 'nobody' } }
      : { consent: { grantId: await grantAll(provider, interaction) } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function grantAll(provider: Provider, interaction: Interaction): Promise<string> {
  const known =
    interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
  const grant =
    known ??
    new provider.Grant({
      accountId: interaction.session?.accountId ?? 'nobody',
      clientId: interaction.params.client_id,
    });
  const { missingOIDCScope, missingOIDCClaims } = interaction.prompt.details;
  if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims !== undefined) grant.addOIDCClaims(missingOIDCClaims);
  return grant.save();
}
