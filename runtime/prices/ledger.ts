/**
 * What accounts have paid beforehand and what their deliveries have cost: a ledger of our own. Nothing
 * of it is on the chain, and who tops an account up says so by hand.
 *
 *     top-up ──▶ balance        hold ──▶ set aside ──▶ charge: the price of what was delivered, once a query
 *                                          └─────────▶ release: all of it given back
 *
 * Each change is one transaction, so a crash leaves it done or not begun; each may be asked for again,
 * and changes nothing the second time: a top-up by its reference, a hold by its query's nonce, a charge
 * by its query.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Duration, Instant, QueryId, Rao } from '../../protocols/units.ts';
import { MOST_TAO } from '../tao.ts';
import { inOneGo } from '../store/sqlite.ts';
import { NODE_PATIENCE, openLedgerFile } from './ledger-file.ts';
import { costOf, tierOf, worstOf, type PriceList } from './price.ts';

/** A line as it was written. */
export interface Line {
  readonly number: number;
  readonly at: Instant;
  readonly account: string;
  readonly kind: 'top-up' | 'charge';
  readonly rao: Rao;
  /** The account's, after it; below nothing where somebody owes. */
  readonly balance: Rao;
  /** A top-up's, by whoever entered it; a charge's query. */
  readonly reference: string;
  readonly note: string;
  /** Of a charge: how many leads it pays for, and the tier that the last of them fell into. */
  readonly leads?: number;
  readonly tier?: string;
}

export interface Balance {
  readonly account: string;
  readonly balance: Rao;
  /** What of it is set aside for open queries. */
  readonly held: Rao;
}

/** What is to be set aside, and what there is for it. */
export interface Lacking {
  readonly need: Rao;
  readonly has: Rao;
}

export interface TopUp {
  readonly account: string;
  readonly rao: Rao;
  /** Names the payment: entered twice, it counts once. */
  readonly reference: string;
  readonly note: string;
}

/** A query that may cost something. */
export interface Hold {
  readonly nonce: number;
  readonly account: string;
  readonly leads: number;
}

/** What was delivered for it. */
export interface Delivered extends Hold {
  readonly query: QueryId;
}

/** In rao: beyond it sums would leave 64 bits one day, and nobody has as much. */
export const MOST_BALANCE: Rao = (BigInt(MOST_TAO) * 1_000_000_000n) as Rao;

export class Ledger {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof statementsOf>;

  /** Throws a `WorldError` where the file cannot be used. */
  constructor(file: string, patience: Duration = NODE_PATIENCE) {
    this.#database = openLedgerFile(file, patience);
    this.#statements = statementsOf(this.#database);
  }

  /** The line of it, and whether it is new; undefined where nobody can have as much. */
  topUp(
    { account, rao, reference, note }: TopUp,
    at: Instant,
  ): { readonly line: Line; readonly isNew: boolean } | undefined {
    return this.#change('FULL', () => {
      const before = this.#line('top-up', reference);
      if (before !== undefined) return { line: before, isNew: false };
      const balance = (this.#balance(account) + rao) as Rao;
      if (balance > MOST_BALANCE) return undefined;
      this.#write({ at, account, kind: 'top-up', rao, balance, reference, note });
      const line = this.#line('top-up', reference);
      return line && { line, isNew: true };
    });
  }

  /**
   * Sets aside the most that a query may cost; says what is lacking where there is not enough. One
   * that has been set aside before is left as it is.
   */
  hold({ nonce, account, leads }: Hold, list: PriceList, at: Instant): Lacking | undefined {
    // A hold that the power took along costs nobody anything: what is delivered is charged without.
    return this.#change('NORMAL', () => {
      if (this.#statements.hold.get(nonce) !== undefined) return undefined;
      const month = monthOf(at);
      const need = worstOf(list, { before: this.#counted(account, month), leads });
      const has = (this.#balance(account) - this.#held(account)) as Rao;
      if (list.prepaid && need > has) return { need, has };
      this.#statements.addHold.run(nonce, at, account, list.prepaid ? need : 0n, month);
      return undefined;
    });
  }

  /** Charges for what was delivered, and gives back the rest. Undefined where nothing was. */
  charge(
    { query, nonce, account, leads }: Delivered,
    list: PriceList,
    at: Instant,
  ): Line | undefined {
    return this.#change('FULL', () => {
      const before = this.#line('charge', query);
      const held = this.#statements.hold.get(nonce);
      this.#statements.dropHold.run(nonce);
      if (before !== undefined || leads === 0) return before;
      // Of the month in which it was asked, so that it costs no more than was set aside then.
      const month = held === undefined ? monthOf(at) : String(held['month']);
      const counted = this.#counted(account, month);
      const volume = { before: list.by === 'month' ? counted : 0, leads };
      const cost = costOf(list, volume);
      const most = held === undefined || !list.prepaid ? cost : (held['rao'] as Rao);
      // Another list may have come into force meanwhile: nobody pays more than was set aside.
      const rao = cost < most ? cost : most;
      this.#write({
        at,
        account,
        kind: 'charge',
        rao,
        balance: (this.#balance(account) - rao) as Rao,
        reference: query,
        note: '',
        tier: tierOf(list, volume.before + leads).name,
        leads,
        month,
        monthLeads: counted + leads,
      });
      return this.#line('charge', query);
    });
  }

  /** Gives back all that is set aside for a query. */
  release(nonce: number): void {
    this.#change('NORMAL', () => this.#statements.dropHold.run(nonce));
  }

  /** Gives back what is set aside for queries that are not open any more. */
  keepOnly(open: ReadonlySet<number>): void {
    this.#change('NORMAL', () => {
      for (const { nonce } of this.#statements.holds.all()) {
        if (!open.has(Number(nonce))) this.#statements.dropHold.run(Number(nonce));
      }
    });
  }

  /** What a query has cost; undefined where it was not charged. */
  chargeOf(query: QueryId): Line | undefined {
    return this.#line('charge', query);
  }

  balanceOf(account: string): Balance {
    return { account, balance: this.#balance(account), held: this.#held(account) };
  }

  /** By name, at most `most`. */
  accounts(most: number): readonly Balance[] {
    return this.#statements.accounts.all(most).map((row) => this.balanceOf(String(row['account'])));
  }

  /** The latest first. */
  history(account: string, most: number): readonly Line[] {
    return this.#statements.history.all(account, most).map(lineIn);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** One transaction. `FULL` waits until it is on the disk, with all that was before it. */
  #change<T>(synchronous: 'FULL' | 'NORMAL', work: () => T): T {
    this.#database.exec(`PRAGMA synchronous = ${synchronous}`);
    return inOneGo(this.#database, work);
  }

  #line(kind: Line['kind'], reference: string): Line | undefined {
    const row = this.#statements.line.get(kind, reference);
    return row && lineIn(row);
  }

  #balance(account: string): Rao {
    return (this.#statements.balance.get(account)?.['balance'] ?? 0n) as Rao;
  }

  #held(account: string): Rao {
    return this.#statements.held.get(account)?.['rao'] as Rao;
  }

  /** How many leads were delivered to an account in a month so far. */
  #counted(account: string, month: string): number {
    return Number(this.#statements.counted.get(account, month)?.['month_leads'] ?? 0n);
  }

  #write(line: NewLine): void {
    const { at, account, kind, rao, balance, reference, note } = line;
    const { tier = null, leads = null, month = null, monthLeads = null } = line;
    const charge = [tier, leads, month, monthLeads] as const;
    this.#statements.write.run(at, account, kind, rao, balance, reference, note, ...charge);
  }
}

interface NewLine extends Omit<Line, 'number'> {
  readonly month?: string;
  readonly monthLeads?: number;
}

/** In UTC: `2026-11`. */
export const monthOf = (at: Instant): string => new Date(at).toISOString().slice(0, 7);

function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    // Rao leave what a number can tell at 9 million TAO.
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    line: prepare('SELECT * FROM lines WHERE kind = ? AND reference = ?'),
    write: prepare('INSERT INTO lines VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    balance: prepare('SELECT balance FROM lines WHERE account = ? ORDER BY number DESC LIMIT 1'),
    counted: prepare(
      'SELECT month_leads FROM lines WHERE account = ? AND month = ? ORDER BY number DESC LIMIT 1',
    ),
    accounts: prepare('SELECT DISTINCT account FROM lines ORDER BY account LIMIT ?'),
    history: prepare('SELECT * FROM lines WHERE account = ? ORDER BY number DESC LIMIT ?'),
    hold: prepare('SELECT rao, month FROM holds WHERE nonce = ?'),
    addHold: prepare('INSERT INTO holds VALUES (?, ?, ?, ?, ?)'),
    dropHold: prepare('DELETE FROM holds WHERE nonce = ?'),
    holds: prepare('SELECT nonce FROM holds'),
    held: prepare('SELECT coalesce(sum(rao), 0) AS rao FROM holds WHERE account = ?'),
  };
}

function lineIn(row: Readonly<Record<string, unknown>>): Line {
  const { number, at, account, kind, rao, balance, reference, note, tier, leads } = row;
  return {
    number: Number(number),
    at: Number(at) as Instant,
    account: String(account),
    kind: kind as Line['kind'],
    rao: rao as Rao,
    balance: balance as Rao,
    reference: String(reference),
    note: String(note),
    ...(typeof leads === 'bigint' && { leads: Number(leads) }),
    ...(typeof tier === 'string' && { tier }),
  };
}
