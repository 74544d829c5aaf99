/** Any row of any table, names of every make among them. */
import fc from 'fast-check';
import { columnsOf, type Kind, type Rows, type Table } from '../../tables.ts';

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '"', ',', '\r\n', 'a"b,c\nd', '__proto__', 'constructor', 'null', '0'),
  fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '&amp;', "'"),
);

const whole = fc.oneof(
  fc.nat(1_000),
  fc.constantFrom(0, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER),
);
const decimal = fc.double({ noNaN: true, noDefaultInfinity: true });

const CELLS: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  text: hostileText,
  whole,
  decimal,
  'text?': fc.option(hostileText),
  'whole?': fc.option(whole),
  'decimal?': fc.option(decimal),
};

export const anyRow = <T extends Table>(table: T): fc.Arbitrary<Rows[T]> =>
  fc
    .record(Object.fromEntries(columnsOf(table).map(([name, kind]) => [name, CELLS[kind]])))
    .map((row) => row as unknown as Rows[T]);
