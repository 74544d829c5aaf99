import fc from 'fast-check';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import type { Instant, QueryId, Rao } from '../../protocols/units.ts';
import { Ledger, MOST_BALANCE } from './ledger.ts';
import type { PriceList } from './price.ts';
import { anyList } from './testing/price-arbitraries.ts';

describe('the ledger', () => {
  it('sets aside the most that a query may cost, and charges what was delivered', () => {
    const ledger = opened();
    ledger.topUp({ ...TOP_UP, rao: tao(1) }, NOW);
    expect(ledger.hold({ nonce: 1, account: 'acme', leads: 90 }, LIST, NOW)).toBeUndefined();
    expect(ledger.balanceOf('acme')).toMatchObject({ balance: tao(1), held: tao(0.9) });
    expect(ledger.hold({ nonce: 2, account: 'acme', leads: 11 }, LIST, NOW)).toEqual({
      need: tao(0.11),
      has: tao(0.1),
    });

    // All that is free is enough.
    expect(ledger.hold({ nonce: 2, account: 'acme', leads: 10 }, LIST, NOW)).toBeUndefined();
    ledger.release(2);

    const line = ledger.charge(delivered('q1', 1, 80), LIST, NOW);
    expect(line).toMatchObject({ rao: tao(0.8), tier: 'starter', leads: 80, balance: tao(0.2) });
    expect(ledger.balanceOf('acme')).toMatchObject({ balance: tao(0.2), held: 0n });
    expect(ledger.history('acme', 9).map(({ kind }) => kind)).toEqual(['charge', 'top-up']);
  });

  it('charges a query once and enters a payment once, however often either is said', () => {
    const ledger = opened();
    ledger.topUp({ ...TOP_UP, rao: tao(1) }, NOW);
    expect(ledger.topUp({ ...TOP_UP, rao: tao(1) }, NOW)?.isNew).toBe(false);
    ledger.hold({ nonce: 1, account: 'acme', leads: 10 }, LIST, NOW);
    const first = ledger.charge(delivered('q1', 1, 10), LIST, NOW);
    expect(ledger.charge(delivered('q1', 1, 10), LIST, NOW)).toEqual(first);
    expect(ledger.balanceOf('acme').balance).toBe(tao(0.9));
  });

  it('counts the leads of a month over its deliveries, and begins anew with the next', () => {
    const ledger = opened();
    const list: PriceList = { ...LIST, prepaid: false };
    const costs = (query: string, leads: number, at: Instant) =>
      ledger.charge(delivered(query, 0, leads), list, at);
    expect(costs('q1', 100, NOW)).toMatchObject({ rao: tao(1), tier: 'starter' });
    expect(costs('q2', 100, NOW)).toMatchObject({ rao: tao(0.5), tier: 'volume' });
    expect(costs('q3', 100, NEXT_MONTH)).toMatchObject({ rao: tao(1) });
    expect(ledger.balanceOf('acme').balance).toBe(-2_500_000_000n);
  });

  it('charges nobody more than was set aside, though another list has come into force', () => {
    const ledger = opened();
    ledger.topUp({ ...TOP_UP, rao: tao(1) }, NOW);
    ledger.hold({ nonce: 1, account: 'acme', leads: 10 }, LIST, NOW);
    const dear = { ...LIST, tiers: [{ name: 'dear', from: 1, each: tao(5) }] };
    expect(ledger.charge(delivered('q1', 1, 10), dear, NOW)).toMatchObject({ rao: tao(0.1) });
  });

  it('takes no more than anybody can have', () => {
    const ledger = opened();
    ledger.topUp({ ...TOP_UP, rao: MOST_BALANCE }, NOW);
    expect(ledger.topUp({ ...TOP_UP, reference: 'r2', rao: 1n as Rao }, NOW)).toBeUndefined();
    expect(ledger.balanceOf('acme').balance).toBe(MOST_BALANCE);
  });

  it('is a file for its owner alone, whose lines nobody changes', () => {
    const file = join(DIRECTORY, `${count++}.sqlite`);
    const ledger = new Ledger(file);
    ledger.topUp({ ...TOP_UP, rao: tao(1) }, NOW);
    ledger.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const database = new DatabaseSync(file);
    expect(() => database.exec('UPDATE lines SET rao = 0')).toThrow('never changed');
    expect(() => database.exec('DELETE FROM lines')).toThrow('never taken out');
    database.close();
  });

  it('is what its lines come to, whoever writes it, in whatever order, with whatever crashes', () => {
    fc.assert(
      fc.property(anyList, fc.array(anyStep, { maxLength: 40 }), (list, steps) => {
        const file = join(DIRECTORY, `${count++}.sqlite`);
        // Whoever enters top-ups is another process than the node.
        const [desk, node] = [new Ledger(file), new Ledger(file)];
        let serving = node;
        const model = new Model(list);
        for (const step of steps) {
          if (step.is === 'crash') {
            serving.close();
            serving = new Ledger(file);
          } else model.take(step, step.is === 'top-up' ? desk : serving);
          for (const account of ACCOUNTS) model.agrees(desk, account);
        }
        // Whoever starts again knows what is open; nothing else stays set aside.
        serving.keepOnly(new Set());
        for (const account of ACCOUNTS) expect(desk.balanceOf(account).held).toBe(0n);
        desk.close();
        serving.close();
      }),
      { numRuns: 40 },
    );
  });
});

const NOW = Date.UTC(2026, 10, 28) as Instant;
const NEXT_MONTH = Date.UTC(2026, 11, 1) as Instant;
const tao = (count: number): Rao => BigInt(Math.round(count * 1e9)) as Rao;
const LIST: PriceList = {
  by: 'month',
  prepaid: true,
  tiers: [
    { name: 'starter', from: 1, each: tao(0.01) },
    { name: 'volume', from: 101, each: tao(0.005) },
  ],
};
const TOP_UP = { account: 'acme', reference: 'r1', note: 'by bank' };
const delivered = (query: string, nonce: number, leads: number) => ({
  query: query as QueryId,
  nonce,
  account: 'acme',
  leads,
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-ledger-'));
let count = 0;
const open: Ledger[] = [];
afterAll(() => {
  for (const ledger of open) ledger.close();
  rmSync(DIRECTORY, { recursive: true });
});
function opened(): Ledger {
  const ledger = new Ledger(join(DIRECTORY, `${count++}.sqlite`));
  open.push(ledger);
  return ledger;
}

const ACCOUNTS = ['acme', 'globex'];
const anyNonce = fc.integer({ min: 0, max: 4 });
const anyAccount = fc.constantFrom(...ACCOUNTS);
const anyStep = fc.oneof(
  fc.record({
    is: fc.constant('top-up' as const),
    account: anyAccount,
    reference: fc.constantFrom('a', 'b', 'c', 'd'),
    rao: fc.bigInt({ min: 1n, max: 10n ** 11n }).map((rao) => rao as Rao),
  }),
  fc.record({
    is: fc.constant('hold' as const),
    nonce: anyNonce,
    account: anyAccount,
    leads: fc.integer({ min: 1, max: 100 }),
  }),
  // Leads short of what was asked for, down to none.
  fc.record({ is: fc.constant('charge' as const), nonce: anyNonce, short: fc.nat(110) }),
  fc.record({ is: fc.constant('again' as const), nonce: anyNonce }),
  fc.record({ is: fc.constant('release' as const), nonce: anyNonce }),
  fc.record({ is: fc.constant('crash' as const) }),
);
type Step = Exclude<typeof anyStep extends fc.Arbitrary<infer S> ? S : never, { is: 'crash' }>;

/** What a ledger should be: sums over what was said, without a file. */
class Model {
  readonly #list: PriceList;
  readonly #paid = new Map<string, bigint>();
  readonly #balances = new Map<string, bigint>();
  readonly #holds = new Map<number, { account: string; leads: number; need: bigint }>();
  readonly #charges = new Map<string, { line: unknown; account: string; nonce: number }>();
  #queries = 0;

  constructor(list: PriceList) {
    this.#list = list;
  }

  take(step: Step, ledger: Ledger): void {
    const { prepaid } = this.#list;
    switch (step.is) {
      case 'top-up': {
        const { account, reference, rao } = step;
        const said = ledger.topUp({ account, reference, rao, note: '' }, NOW);
        expect(said?.isNew).toBe(!this.#paid.has(reference));
        if (said?.isNew) {
          this.#paid.set(reference, rao);
          this.#add(account, rao);
        }
        return;
      }
      case 'hold': {
        const { nonce, account, leads } = step;
        const lacking = ledger.hold({ nonce, account, leads }, this.#list, NOW);
        if (this.#holds.has(nonce)) return expect(lacking).toBeUndefined();
        const free = this.#balance(account) - this.#heldBy(account);
        const after = ledger.balanceOf(account).held - this.#heldBy(account);
        const need = lacking?.need ?? after;
        if (prepaid) expect(lacking === undefined).toBe(need <= free);
        if (lacking === undefined)
          this.#holds.set(nonce, { account, leads, need: prepaid ? need : 0n });
        return;
      }
      case 'charge': {
        const hold = this.#holds.get(step.nonce);
        if (hold === undefined) return;
        const query = `query ${this.#queries++}`;
        const leads = Math.max(0, hold.leads - step.short);
        const { account } = hold;
        const line = ledger.charge(
          { ...delivered(query, step.nonce, leads), account },
          this.#list,
          NOW,
        );
        this.#holds.delete(step.nonce);
        if (leads === 0) return expect(line).toBeUndefined();
        if (prepaid) expect(line?.rao).toBeLessThanOrEqual(hold.need);
        expect(line?.rao).toBeGreaterThanOrEqual(0n);
        this.#add(account, 0n - (line?.rao ?? 0n));
        this.#charges.set(query, { line, account, nonce: step.nonce });
        return;
      }
      case 'again': {
        for (const [query, { line, account }] of this.#charges) {
          // The nonce was given to nobody since, or the name of nobody's query is at hand.
          const again = { ...delivered(query, -1, 100), account };
          expect(ledger.charge(again, this.#list, NOW)).toEqual(line);
        }
        return;
      }
      case 'release':
        ledger.release(step.nonce);
        this.#holds.delete(step.nonce);
    }
  }

  agrees(ledger: Ledger, account: string): void {
    const { balance, held } = ledger.balanceOf(account);
    expect({ balance, held }).toEqual({
      balance: this.#balance(account),
      held: this.#heldBy(account),
    });
    if (this.#list.prepaid) expect(balance).toBeGreaterThanOrEqual(held);
    const lines = ledger.history(account, 1_000);
    const sum = lines.reduce(
      (all, { kind, rao }) => (kind === 'top-up' ? all + rao : all - rao),
      0n,
    );
    expect(sum).toBe(balance);
  }

  #balance(account: string): bigint {
    return this.#balances.get(account) ?? 0n;
  }
  #add(account: string, rao: bigint): void {
    this.#balances.set(account, this.#balance(account) + rao);
  }
  #heldBy(account: string): bigint {
    return [...this.#holds.values()]
      .filter((hold) => hold.account === account)
      .reduce((sum, { need }) => sum + need, 0n);
  }
}
