/**
 * No actor fails by itself: a handler that throws is our own mistake, whatever it was sent.
 */
import type { Checker } from './checker.ts';

export const crashes = (): Checker => ({
  name: 'crashes',
  see(happening) {
    if (happening.is !== 'crashed') return undefined;
    const { actor, cause } = happening;
    return `${actor} failed: ${cause instanceof Error ? cause.message : 'it threw no error'}`;
  },
});
