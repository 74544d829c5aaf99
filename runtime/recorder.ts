/**
 * The recorder of a node's actors, over its store.
 *
 *     hand ──▶ did ──▶ entry, outbox, answers, names dealt with ──▶ one change a turn ──▶ carried out
 *
 * What an actor asks for is done only when the turn is on the disk. Where the process ends before,
 * nothing has happened, and whoever sent the message sends it again; where it ends after, the actor
 * is had again by its journal, what it sent is sent again under the same names, and what it asked for
 * is asked again.
 */
import { randomBytes } from 'node:crypto';
import type { Address } from '../protocols/messages.ts';
import type { ChainView, Metagraph } from '../protocols/metagraph.ts';
import { hours, invariant } from '../protocols/units.ts';
import { actorFor } from './actor-for.ts';
import { ActorLog, dealtName, OUTBOX_LIFE, type Logs, type RecorderOptions } from './actor-log.ts';
import type { AnyActor } from './cell.ts';
import type { Addresses } from './erasure/addresses.ts';
import { erasePersons, type Erased } from './erasing.ts';
import type { Chain, Clock } from './host.ts';
import type { Incoming } from './live.ts';
import type { Log, Recorder } from './recording.ts';
import type { MakeActor } from './replaying.ts';
import { KeptLeads } from './store/kept-leads.ts';
import type { NodeTables } from './store/node-tables.ts';
import { SharedThings } from './store/shared-things.ts';
import { inOneGo } from './store/sqlite.ts';

export type { RecorderOptions } from './actor-log.ts';

/** Names of what was dealt with are known for so long, well over what any sender keeps. */
const DEALT_LIFE = hours(24);
/** Names that need not be sent again are taken out with the next turn, or when there are so many. */
const MOST_FINISHED = 1_024;
/** Rows that are of no use any more go so many at a time: a turn is not to wait for all of them. */
const ROWS_A_TURN = 2_000;

export class NodeRecorder implements Recorder, Logs {
  readonly tables: NodeTables;
  readonly clock: Clock;
  readonly options: RecorderOptions;
  readonly leads: KeptLeads;
  readonly shared: SharedThings;
  /** No two processes that have written to this file bear the same. */
  readonly life: string = randomBytes(8).toString('hex');
  /** Whose turn it is. */
  current: ActorLog | undefined;
  chain: ChainView | undefined;
  readonly #logs = new Map<Address, ActorLog>();
  #finished: string[] = [];
  /** What was of use only before then is on its way out. */
  #forgetting: number | undefined;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.tables = options.tables;
    this.clock = options.clock;
    this.leads = new KeptLeads(options.tables);
    this.shared = new SharedThings(options.tables);
  }

  watch({ view }: Pick<Chain, 'view'>): Pick<Chain, 'view'> {
    this.chain = view;
    const latest = (): Metagraph => this.current?.latest(view) ?? view.latest;
    return {
      view: {
        get latest() {
          return latest();
        },
        at: (block) => (this.current === undefined ? view.at(block) : this.current.at(view, block)),
      },
    };
  }

  isKnown(message: Incoming): boolean {
    return this.tables.one('SELECT 1 FROM dealt WHERE name = ?', dealtName(message)) !== undefined;
  }

  finished(name: string): void {
    this.#finished.push(name);
    if (this.#finished.length < MOST_FINISHED) return;
    inOneGo(this.tables.database, () => this.takeFinished());
  }

  log(self: Address, actor: AnyActor): Log {
    invariant(!this.#logs.has(self), `${self} has one log at a time`);
    const log = new ActorLog(this, self, actor);
    this.#logs.set(self, log);
    return log;
  }

  /** Within a change: takes what has arrived, or is of no use any more, out of the outbox. */
  takeFinished(): void {
    for (const name of this.#finished) this.#takeOut(name);
    this.#finished = [];
    const now = this.clock.now();
    const old = this.tables.all(
      'SELECT name FROM outbox WHERE at < ? LIMIT ?',
      now - OUTBOX_LIFE,
      ROWS_A_TURN,
    );
    for (const { name } of old) this.#takeOut(String(name));
    this.tables.run(
      'DELETE FROM dealt WHERE name IN (SELECT name FROM dealt WHERE at < ? LIMIT ?)',
      now - DEALT_LIFE,
      ROWS_A_TURN,
    );
  }

  /** What nothing names that is of then or later need not be kept. */
  forgetBefore(instant: number): void {
    this.#forgetting = instant;
  }

  /** Within a change. */
  forgetSome(): void {
    if (this.#forgetting === undefined) return;
    let isAll = true;
    for (const table of ['leads', 'shared']) {
      const old = `SELECT name FROM ${table} WHERE used < ? LIMIT ?`;
      const sql = `DELETE FROM ${table} WHERE name IN (${old})`;
      isAll = this.tables.run(sql, this.#forgetting, ROWS_A_TURN) < ROWS_A_TURN && isAll;
    }
    if (isAll) this.#forgetting = undefined;
  }

  #takeOut(name: string): void {
    const row = this.tables.one('SELECT body FROM outbox WHERE name = ?', name);
    if (row === undefined) return;
    this.tables.run('DELETE FROM outbox WHERE name = ?', name);
    this.tables.run(
      'DELETE FROM bodies WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE body = ?1)',
      row['body'] as Uint8Array,
    );
  }

  /**
   * Erases persons, between two turns, and says how many leads that were by address. The actors that
   * run are then to go on from their logs, before anything else.
   */
  erase(addresses: Addresses): Erased {
    const { tables, leads, shared, clock } = this;
    const makeOf = (self: Address): MakeActor => {
      const running = this.#logs.get(self)?.actor;
      return running === undefined ? (made) => actorFor(self, made) : () => running;
    };
    const { file } = this.options;
    return erasePersons({ tables, leads, shared, now: clock.now(), file, makeOf }, addresses);
  }

  forget(log: ActorLog): void {
    if (this.#logs.get(log.self) === log) this.#logs.delete(log.self);
  }

  close(): void {
    for (const log of this.#logs.values()) log.close();
    if (this.#finished.length > 0) inOneGo(this.tables.database, () => this.takeFinished());
  }
}
