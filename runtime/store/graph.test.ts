import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGraph, writeGraph, type Aside } from './graph.ts';

describe('a graph', () => {
  it('is there again as it was, whatever plain data it is of', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(readGraph(writeGraph(value))).toEqual(value);
        expect(readGraph(writeGraph(value, { asTree: true }))).toEqual(value);
      }),
    );
  });

  it('is the same bytes for the same data', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = writeGraph(value);
        expect(writeGraph(readGraph(bytes))).toEqual(bytes);
      }),
    );
  });

  it('shares again what was shared, also in a circle', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const one = { value };
        const ring: { one: typeof one; self?: unknown } = { one };
        ring.self = ring;
        const read = readGraph(writeGraph([one, ring, new Map([[one, ring]])])) as [
          typeof one,
          typeof ring,
          Map<unknown, unknown>,
        ];
        expect(read[1].one).toBe(read[0]);
        expect(read[1].self).toBe(read[1]);
        expect([...read[2]]).toEqual([[read[0], read[1]]]);
      }),
    );
  });

  it('as a tree does not tell what is shared in it', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const again = readGraph(writeGraph(value));
        const write = (one: unknown): Uint8Array => writeGraph(one, { asTree: true });
        expect(write([value, value])).toEqual(write([value, again]));
      }),
    );
  });

  it('keeps numbers, bytes and texts to the letter', () => {
    const odd = [
      -0,
      NaN,
      Infinity,
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      1e300,
      0.1,
      '\ud800',
      'a\u0000',
      'ÿ',
    ];
    const read = readGraph(writeGraph(odd)) as readonly unknown[];
    expect(read.every((value, index) => Object.is(value, odd[index]))).toBe(true);
    const bytes = readGraph(writeGraph(Buffer.from('abc')));
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  it('has no key that reaches the prototype', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    const read = readGraph(writeGraph(hostile)) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  });

  it('leaves functions out of records, and takes nothing else that is no plain data', () => {
    expect(readGraph(writeGraph({ a: 1, f: () => 2 }))).toEqual({ a: 1 });
    for (const odd of [Symbol('s'), new Date(0), /x/, new Error('x'), [() => 1]]) {
      expect(() => writeGraph(odd)).toThrow(/plain data/);
    }
  });

  it('has what is laid aside brought back, once for all places where it was', () => {
    const kept: object[] = [];
    const aside: Aside = {
      lay: (value) =>
        'secret' in value ? { kind: 7, by: [kept.push(value) - 1, { plain: true }] } : undefined,
      bring: ({ kind, by }) => ({ kind, was: kept[(by as [number])[0]] }),
    };
    const one = { secret: 1 };
    const [a, b, c] = readGraph(writeGraph([one, one, { c: 1 }], { aside }), aside) as object[];
    expect(a).toEqual({ kind: 7, was: one });
    expect(b).toBe(a);
    expect(c).toEqual({ c: 1 });
    expect(kept).toHaveLength(1);
  });

  it('throws on any bytes that it did not write, and never takes more than they are', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.nat({ max: 255 }), (value, place, byte) => {
        const bytes = writeGraph(value);
        bytes[place % bytes.length] = byte;
        try {
          readGraph(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(() => readGraph(writeGraph([value]).subarray(0, -1))).toThrow(
          /broken invariant|range|bounds/,
        );
      }),
    );
  });
});

const plain: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(undefined, null, 'miner', 'validator'),
      fc.uint8Array({ maxLength: 6 }),
    ),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(tie('any'), { maxLength: 4 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 4 }).map((items) => new Map(items)),
    fc.dictionary(fc.constantFrom('a', 'b', 'kind', 'signature', '1'), tie('any'), { maxKeys: 4 }),
  ),
})).any;
