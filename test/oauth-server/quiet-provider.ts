import type { Provider } from 'oidc-provider';

/**
 * Makes the provider without its notices: it prints that it is used in development, and on an older Node, from its
 * import on. What is printed meanwhile by others is lost too, which is why this is short.
 */
export async function createQuietProvider(issuer: string, configuration: object): Promise<Provider> {
  const printer = globalThis.console;
  const spoken = { ...printer };
  Object.assign(printer, { info: () => undefined, warn: () => undefined });
  try {
    const library = await import('oidc-provider');
    return new library.Provider(issuer, configuration);
  } finally {
    Object.assign(printer, spoken);
  }
}
