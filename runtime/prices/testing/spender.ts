/**
 * A child that sets aside, charges and gives back without end, and says each query's number, on a line
 * of its own, before it begins with it. The test kills it.
 *
 *     node runtime/prices/testing/spender.ts FILE FIRST
 */
import { writeSync } from 'node:fs';
import type { Instant, QueryId, Rao } from '../../../protocols/units.ts';
import { Ledger, type Delivered } from '../ledger.ts';
import type { PriceList } from '../price.ts';

export const SPENT_BY: PriceList = {
  by: 'month',
  prepaid: true,
  tiers: [
    { name: 'first', from: 1, each: 7n as Rao },
    { name: 'then', from: 101, each: 3n as Rao },
  ],
};
export const NOW: Instant = Date.UTC(2026, 10, 28) as Instant;

/** Of a query by its number: every fifth brings nothing. */
export const deliveredFor = (number: number): Delivered => ({
  query: `query ${number}` as QueryId,
  nonce: number,
  account: 'acme',
  leads: number % 5,
});

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

if (process.argv[1]?.endsWith('spender.ts') === true) {
  const [, , file = '', first = '0'] = process.argv;
  const ledger = new Ledger(file);
  for (let number = Number(first); ; number++) {
    writeSync(1, `${number}\n`);
    const order = deliveredFor(number);
    ledger.hold({ ...order, leads: 5 }, SPENT_BY, NOW);
    if (number % 7 === 0) ledger.release(number);
    else ledger.charge(order, SPENT_BY, NOW);
    // No node writes without a pause; whoever waits for the file has its turn.
    Atomics.wait(PAUSE, 0, 0, 2);
  }
}
