/**
 * What pure functions found, remembered by the content that they were given. A run asks the same of
 * the same many times over: five validators and a pool judge the leads of one batch.
 *
 * The oldest is forgotten first. Forgetting costs time and changes nothing.
 */
import { digest } from '../protocols/hash.ts';
import { remembered } from '../protocols/remembered.ts';
import type { Digest } from '../protocols/units.ts';

export interface Memo<T> {
  /** What `make` makes of these bytes. Bytes must not be changed once they were handed over. */
  of(bytes: Uint8Array): T;
}

export function memo<T>(make: (bytes: Uint8Array) => T, bound: number): Memo<T> {
  const known = new Map<string, T>();
  return {
    of(bytes) {
      const name = contentOf(bytes);
      const found = known.get(name);
      if (found !== undefined) return found;
      const made = make(bytes);
      known.set(name, made);
      for (const oldest of known.keys()) {
        if (known.size <= bound) break;
        known.delete(oldest);
      }
      return made;
    },
  };
}

/** Names bytes by their content. The bodies of one process are mostly the same object, named once. */
export const contentOf: (bytes: Uint8Array) => Digest = remembered((bytes) =>
  digest('leadpoet.sim-memo/1', bytes),
);
