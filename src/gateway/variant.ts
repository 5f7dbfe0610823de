import type { FramedRequest, Protocol } from '../protocols/protocol.ts';
import type { Provider } from '../providers/provider.ts';

/** Below the provider's base URL. */
export interface PathAndBody {
  readonly path: string;
  readonly body: Buffer;
}

/**
 * What a provider is sent, in the variant of the protocol that its endpoint takes, where that is not the usual one.
 * @throws RotaError of kind `invalid-request` for what that variant has no place for
 */
export function inVariant(
  provider: Provider,
  { name, variants }: Protocol,
  usual: PathAndBody,
  asked: Omit<FramedRequest, 'usualPath'>,
): PathAndBody {
  const wanted = provider.variants?.[name];
  const variant = wanted === undefined ? undefined : variants?.[wanted];
  if (variant === undefined) return usual;
  const request = { ...asked, usualPath: usual.path };
  return { path: variant.path(request), body: variant.body(usual.body, request) };
}
