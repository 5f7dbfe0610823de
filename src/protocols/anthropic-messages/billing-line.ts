import { recordOf, textOf } from '../json-value.ts';

export const BILLING_NAME = 'x-anthropic-billing-header';

/** The first system block of one client: it names the build, and changes with every turn. */
export function isBillingLine(text: string | undefined): boolean {
  return text?.startsWith(`${BILLING_NAME}:`) === true;
}

/** `system` as the model is to read it, and the line where there is one: it is for the vendor alone. */
export function splitBilling(system: unknown): { readonly system: unknown; readonly line?: string } {
  if (!Array.isArray(system)) return { system };
  const [first, ...rest] = system as readonly unknown[];
  const line = textOf(recordOf(first).text);
  return line !== undefined && isBillingLine(line) ? { system: rest, line } : { system };
}
