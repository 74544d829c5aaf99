/**
 * What every store of findings keeps to, run by the tests of each: it agrees with a slow obvious list.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../protocols/units.ts';
import { because, PASS, type Verdict } from '../../protocols/verdict.ts';
import type { FindingStore } from '../verifiers/looking.ts';

export interface StoreUnderTest {
  readonly store: FindingStore;
  /** Lets what waits be written, where anything does. */
  readonly settle: () => void;
}

export function findingsContract(name: string, make: (bound: number) => StoreUnderTest): void {
  describe(name, () => {
    it('knows what was put, until it is over', () => {
      const { store, settle } = make(10);
      store.put('a', because('domain_unresolved'), at(5));
      for (let looks = 0; looks < 2; looks++) {
        expect(store.get('a', at(4))).toBe(because('domain_unresolved'));
        expect(store.get('a', at(5))).toBeUndefined();
        expect(store.get('b', at(4))).toBeUndefined();
        settle();
      }
    });

    it('keeps no key of any length', () => {
      const { store, settle } = make(10);
      store.put('k'.repeat(100_000), PASS, at(5));
      settle();
      expect(store.get('k'.repeat(100_000), at(1))).toBeUndefined();
    });

    it('agrees with a list of the last, whatever is done with it', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5 }), fc.array(command), (bound, commands) => {
          const { store, settle } = make(bound);
          let list: Put[] = [];
          for (const one of commands) {
            if (one.is === 'put') {
              store.put(one.key, one.verdict, one.until);
              list = [...list.filter(({ key }) => key !== one.key), one];
            } else {
              // What is over the bound is gone at the latest when it is settled.
              settle();
              list = list.slice(-bound);
            }
            for (const { key, verdict, until } of list.slice(-bound)) {
              expect(store.get(key, at(until - 1))).toBe(verdict);
              expect(store.get(key, until)).toBeUndefined();
            }
          }
          settle();
          const kept = new Set(list.slice(-bound).map(({ key }) => key));
          for (const key of KEYS) expect(store.get(key, at(0)) !== undefined).toBe(kept.has(key));
          store.close();
        }),
        { numRuns: RUNS },
      );
    });

    it('says nothing any more once it is closed, and may be closed twice', () => {
      const { store } = make(10);
      store.put('a', PASS, at(5));
      store.close();
      store.close();
      store.put('b', PASS, at(5));
      expect(store.get('b', at(1))).toBeUndefined();
      expect(store.get('a', at(1))).toBeUndefined();
    });
  });
}

/** Each opens a file, where there is one. */
const RUNS = 100;
const KEYS = 'abcdefgh'.split('');
const at = (instant: number): Instant => instant as Instant;

interface Put {
  readonly is: 'put';
  readonly key: string;
  readonly verdict: Verdict;
  readonly until: Instant;
}

const command: fc.Arbitrary<Put | { readonly is: 'settle' }> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('put' as const),
      key: fc.constantFrom(...KEYS),
      verdict: fc.constantFrom(PASS, because('website_unreachable'), because('checker_offline')),
      until: fc.integer({ min: 1, max: 9 }).map(at),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ is: 'settle' as const }) },
);
