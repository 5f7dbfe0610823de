import { configureGlobal } from 'fast-check';

/**
 * The seed of every property. A run of the tests says the same of the same commit whoever makes it: what one run in a
 * hundred finds is for whoever looks for it, with `npm run test:properties`, and not for whoever changed another thing.
 */
const seed = process.env['ROTA_SEED'] ?? '1';
if (seed !== 'random') configureGlobal({ seed: Number(seed) });
