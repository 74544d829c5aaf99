import { describe, expect, it } from 'vitest';
import type { Instant, Rao } from '../../protocols/units.ts';
import { answerOf, leadOf } from '../store/testing/answered.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Cashier } from './cashier.ts';
import type { Charge } from './charge.ts';

describe('the cashier', () => {
  it('lets everything be asked for nothing where nobody keeps balances', async () => {
    const cashier = new Cashier(undefined, clock);
    expect(cashier.reserve(ORDER)).toBeUndefined();
    expect(await cashier.settle(ORDER, ANSWER)).toBeUndefined();
    expect(cashier.release(ORDER)).toBe(true);
  });

  it('has nothing asked that cannot be set aside for', () => {
    expect(new Cashier(failing(Infinity), clock).reserve(ORDER)).toBe('lost');
    const short = { need: 2n as Rao, has: 1n as Rao };
    expect(new Cashier({ ...failing(0), reserve: () => short }, clock).reserve(ORDER)).toBe(short);
  });

  it('shows no answer before it is paid, and tries until it is', async () => {
    const charge = failing(1);
    const settled = new Cashier(charge, clock).settle(ORDER, ANSWER);
    await clock.run();
    expect(await settled).toBe(PRICE);
    expect(charge.tried).toBe(2);
  });

  it('says where it could not give back', () => {
    const cashier = new Cashier(failing(1), clock);
    expect([cashier.release(ORDER), cashier.release(ORDER)]).toEqual([false, true]);
  });
});

const clock = new VirtualClock(0 as Instant);
const ORDER = { nonce: 1, caller: 'acme', want: { leads: 1 } };
const ANSWER = answerOf('q', [leadOf({})]);
const PRICE = { tao: '1', tier: 'all', leads: 1 };

/** A ledger on a disk that is full for the first so many times. */
function failing(times: number): Charge & { readonly tried: number } {
  let tried = 0;
  const work = <T>(value: T): T => {
    if (tried++ < times) throw new Error('disk full');
    return value;
  };
  return {
    get tried() {
      return tried;
    },
    reserve: () => work(undefined),
    settle: () => work(PRICE),
    release: () => work(undefined),
    onlyOpen: () => work(undefined),
    priceOf: () => PRICE,
  };
}
