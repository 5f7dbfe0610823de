import type { SignInAnswer } from '../oauth/types.ts';
import type { Secret } from '../secret.ts';
import { bearer } from './authorization.ts';
import { classifyWith, throttlePerModel } from './classify.ts';
import type { EndpointKind, NamedEndpoint } from './endpoint-kind.ts';
import { identifyByClaims } from './from-settings.ts';
import { googleServiceAccount, googleSignIn } from './google-sign-in.ts';
import { googleRows } from './google-signals.ts';
import type { Provider, UpstreamAnswer } from './provider.ts';
import { refuseReserved } from './reserved-key.ts';

/** cloud.google.com/resource-manager/docs/creating-managing-projects */
export const projectValue: EndpointKind['values'][number] = {
  name: 'project',
  question: 'Google Cloud project',
  pattern: /^[a-z](?:[a-z0-9-]{4,28}[a-z0-9])$/,
  example: 'my-project',
};

type ProjectFacts = Pick<Provider, 'login' | 'authorize' | 'refuseKey' | 'identify' | 'classify' | 'terms'>;

/** How whatever a Google Cloud project pays for is signed in to and understood. */
export function projectFacts({ values }: NamedEndpoint, tool: readonly string[]): ProjectFacts {
  return {
    login: [{ kind: 'command', argv: tool }, googleSignIn, googleServiceAccount],
    // The project that pays is not the one that the token is from.
    authorize: (_protocol: string, secret: Secret) =>
      secret.isEmpty ? {} : { ...bearer(secret), 'x-goog-user-project': values?.['project'] ?? '' },
    refuseKey: (secret: Secret) => refuseReserved(secret),
    identify: (answer: SignInAnswer) => identifyByClaims(answer),
    classify: (answer: UpstreamAnswer) => classifyWith([...googleRows, throttlePerModel], answer),
    terms: {
      kind: 'restricted',
      note: 'Google does not allow its quotas to be got round with several projects or accounts.',
      link: 'https://developers.google.com/terms',
      checked: '2026-11-20',
    },
  };
}
