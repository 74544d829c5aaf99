import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readPriceList } from './price-list.ts';

describe('a price list', () => {
  it('is read to the last rao, whether TAO is a text or a number', () => {
    expect(read()).toEqual({
      by: 'month',
      prepaid: true,
      tiers: [
        { name: 'starter', from: 1, each: 10_000_000n },
        { name: 'volume', from: 1_001, each: 8_000_001n },
      ],
    });
  });

  it.each([
    [
      'format = "leadpoet.prices/1"',
      'format = "leadpoet.prices/2"',
      'format is "leadpoet.prices/2"; allowed: "leadpoet.prices/1"',
    ],
    ['by = "month"', 'by = "year"', 'by is "year"; allowed: "delivery" or "month"'],
    ['by = "month"', '', 'by is missing; allowed: "delivery" or "month"'],
    ['prepaid = true', 'prepaid = "yes"', 'prepaid is "yes"; allowed: true or false'],
    [
      'prepaid = true',
      'prepaid = true\npriced = 1',
      '"priced" is nothing that is known; allowed: prepaid, or another',
    ],
    [
      'from = 1001',
      'from = 1001.5',
      'tiers[1].from is 1001.5; allowed: the number of its first lead',
    ],
    ['from = 1001', 'from = 1', 'tiers[1].from is 1; allowed: more than 1'],
    ['from = 1\n', 'from = 2\n', 'tiers[0].from is 2; allowed: 1'],
    ['from = 1001', '', 'tiers[1].from is missing'],
    ['tao = 0.008000001', 'tao = -1', 'tiers[1].tao is -1; allowed: TAO a lead, 0 to 21000000'],
    ['tao = 0.008000001', 'tao = "0.0080000001"', 'tiers[1].tao is "0.0080000001"'],
    ['tao = 0.008000001', 'tao = nan', 'tiers[1].tao is NaN'],
    ['tao = 0.008000001', 'tao = []', 'tiers[1].tao is a list'],
    [
      'name = "volume"',
      'name = "starter"',
      'tiers[1].name is "starter"; allowed: a name of its own',
    ],
    ['name = "volume"', 'name = "\\u001b[2J"', 'tiers[1].name is '],
    ['[[tiers]]', '[[teirs]]', '"teirs" is nothing that is known; allowed: tiers'],
    ['by = "month"', 'by = ', 'not TOML'],
  ])('with %j as %j is refused by name', (from, to, said) => {
    expect(() => read(TEXT.replace(from, to))).toThrow(said);
  });

  it('ships as an example', () => {
    const file = fileURLToPath(new URL('../examples/prices.toml', import.meta.url));
    expect(readPriceList(file).tiers.map(({ name }) => name)).toEqual([
      'starter',
      'growth',
      'volume',
    ]);
  });

  it('without a tier is refused', () => {
    const [head = ''] = TEXT.split('[[tiers]]');
    expect(() => read(`${head}tiers = []\n`)).toThrow('tiers is a list; allowed: 1 to 32 tiers');
  });

  it('that is not there is told with what to do', () => {
    expect(() => readPriceList(join(DIRECTORY, 'none.toml'))).toThrow('name another with --prices');
  });
});

const TEXT = `format = "leadpoet.prices/1"
by = "month"
prepaid = true
[[tiers]]
name = "starter"
from = 1
tao = "0.01"
[[tiers]]
name = "volume"
from = 1001
tao = 0.008000001
`;

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-prices-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

function read(text: string = TEXT) {
  const file = join(DIRECTORY, 'prices.toml');
  writeFileSync(file, text);
  return readPriceList(file);
}
