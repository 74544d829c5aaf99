import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from './cli/trouble.ts';
import {
  isWhole,
  listIn,
  maybe,
  millionthsIn,
  numberFrom,
  objectIn,
  optional,
  wholeFrom,
} from './fields.ts';

describe('the readers', () => {
  it('give back what is as it must be', () => {
    expect(objectIn({ a: 1 }, 'x')).toEqual({ a: 1 });
    expect(listIn({ a: [1] }, 'a')).toEqual([1]);
    expect(listIn({}, 'a')).toBeUndefined();
    expect(millionthsIn(0.123_456_7, 'x')).toBe(123_457);
    expect([wholeFrom(2, 3)(2, 'x'), wholeFrom(2, 3)(3, 'x')]).toEqual([2, 3]);
    expect(numberFrom(0, 1, '0 to 1')(0.5, 'x')).toBe(0.5);
    expect([optional(null, 'x', objectIn), optional(undefined, 'x', objectIn)]).toEqual([
      undefined,
      undefined,
    ]);
    expect([maybe('a', 1), maybe('a', undefined)]).toEqual([{ a: 1 }, {}]);
  });

  it.each<[() => unknown, string]>([
    [() => objectIn([], 'x[1]'), 'x[1] is a list; allowed: an object'],
    [() => objectIn(null, 'x'), 'x is null; allowed: an object'],
    [() => listIn({ a: {} }, 'a'), 'a is an object; allowed: a list'],
    [() => millionthsIn(1.1, 'x'), 'x is 1.1; allowed: 0 to 1'],
    [() => wholeFrom(2, 3)(4, 'x'), 'x is 4; allowed: a whole number, 2 to 3'],
    [() => wholeFrom(2)(1, 'x'), 'x is 1; allowed: a whole number, 2 or more'],
    [() => wholeFrom(2)(2.5, 'x'), 'x is 2.5; allowed: a whole number, 2 or more'],
    [() => numberFrom(0, 1, 'a share')(Number.NaN, 'x'), 'x is NaN; allowed: a share'],
    [() => optional('1', 'x', wholeFrom(1)), 'x is "1"; allowed: a whole number, 1 or more'],
  ])('name the field that is not (%#)', (read, said) => {
    expect(read).toThrow(UsageError);
    expect(read).toThrow(said);
  });

  it('take nothing but whole numbers within their bounds, the ends included', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.oneof(fc.integer(), fc.jsonValue()),
        (a, b, value) => {
          const [least, most] = a < b ? [a, b] : [b, a];
          const isNumber = typeof value === 'number' && value % 1 === 0;
          expect(isWhole(value, least, most)).toBe(isNumber && value >= least && value <= most);
          expect([isWhole(least, least, most), isWhole(most, least, most)]).toEqual([true, true]);
          expect([isWhole(least - 1, least, most), isWhole(most + 1, least, most)]).toEqual([
            false,
            false,
          ]);
        },
      ),
    );
  });
});
