import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSame } from './same.ts';
import { canonical } from './wire.ts';

describe('isSame', () => {
  it('says of any two what comparing their bytes would', () => {
    fc.assert(
      fc.property(twins, ([one, other]) => {
        const bytes = Buffer.compare(canonical(one), canonical(other)) === 0;
        expect(isSame(one, other)).toBe(bytes);
      }),
    );
  });

  it('takes an undefined for nothing', () => {
    expect(isSame({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(isSame({ a: 1, b: undefined }, { a: 1, c: 2 })).toBe(false);
  });
});

const { plain } = fc.letrec((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -0, 1, -1, 0.5, NaN, '', 'a', 'b'),
    fc.uint8Array({ maxLength: 2 }),
    fc.array(tie('plain'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(tie('plain'), fc.constant(undefined)), {
      maxKeys: 3,
    }),
  ),
}));

/** Two of anything, or one and a copy of it whose keys stand in another order. */
const twins = fc.oneof(
  fc.tuple(plain, plain),
  plain.map((one): [unknown, unknown] => [one, turned(one)]),
);

function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inside]) => [key, turned(inside)] as const)
      .toReversed(),
  );
}
