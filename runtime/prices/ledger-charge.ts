/**
 * The ledger at the seam of a server's queries: each is paid for by the price list, out of the account
 * of whoever asks.
 */
import { showTao } from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import type { Clock } from '../host.ts';
import type { Say } from '../logs.ts';
import type { Charge, Order, Price } from '../http/charge.ts';
import { Ledger, type Hold, type Line } from './ledger.ts';
import type { PriceList } from './price.ts';

export interface LedgerCharge extends Charge {
  close(): void;
}

export interface ChargeParts {
  /** The ledger's, in the node's directory. */
  readonly file: string;
  readonly list: PriceList;
  readonly clock: Clock;
  readonly say: Say;
}

/** Throws a `WorldError` where the ledger cannot be used; so does each of its calls. */
export function openLedgerCharge({ file, list, clock, say }: ChargeParts): LedgerCharge {
  const ledger = new Ledger(file);
  const written = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const todo = 'is there room, and does a `leadpoet balance` hang?';
      say('error', 'the ledger cannot be written: nothing is asked, and no answer is shown', {
        why,
      });
      throw new WorldError(`${file} cannot be written: ${why}; ${todo}`, { cause });
    }
  };
  return {
    reserve: (order) => written(() => ledger.hold(holdOf(order), list, clock.now())),
    settle: (order, { query, leads }) =>
      written(() => {
        const delivered = { ...holdOf(order), query, leads: leads.length };
        return priceOf(ledger.charge(delivered, list, clock.now()));
      }),
    release: ({ nonce }) => written(() => ledger.release(nonce)),
    onlyOpen: (nonces) => written(() => ledger.keepOnly(nonces)),
    priceOf: (query) => priceOf(ledger.chargeOf(query)),
    close: () => ledger.close(),
  };
}

const holdOf = ({ nonce, caller, want }: Order): Hold => ({
  nonce,
  account: caller,
  leads: want.leads,
});

const priceOf = (line: Line | undefined): Price | undefined =>
  line && { tao: showTao(line.rao), tier: line.tier ?? '', leads: line.leads ?? 0 };
