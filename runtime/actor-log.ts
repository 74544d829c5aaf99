/**
 * The log of one actor: its turn under way, and how the actor is had again.
 *
 *     hand ──▶ did ──▶ entry, outbox, answers, names dealt with ──▶ one change of the file
 *     revive: last snapshot ──▶ the entries since ──▶ the actor as it was, what is open, what is unsent
 */
import type { Ask, Effect, QueryAnswer, Random, Reply, Service } from '../actors/actor.ts';
import { digest, digestBytes } from '../protocols/hash.ts';
import type { Address, Kind } from '../protocols/messages.ts';
import type { ChainView, Metagraph } from '../protocols/metagraph.ts';
import { hours, invariant, type Block, type Duration, type Instant } from '../protocols/units.ts';
import type { AnyActor } from './cell.ts';
import { WorldError } from './cli/trouble.ts';
import type { Clock, Outgoing } from './host.ts';
import {
  bodyHash,
  effectsHash,
  firstHash,
  nextHash,
  snapshotHash,
  type JournalEntry,
  type JournalInput,
  type Made,
} from './journal.ts';
import { readJournal, readSnapshot, type FiledSnapshot } from './journal-file.ts';
import type { Incoming } from './live.ts';
import { savedStream, streamFrom } from './random.ts';
import type { Committed, Handed, Life, Log, Revived } from './recording.ts';
import { Replaying } from './replaying.ts';
import { SinceSnapshot, trimPast, type SnapshotOptions } from './store/snapshots.ts';
import { readGraph, writeGraph } from './store/graph.ts';
import { USED_SLACK, type KeptLeads } from './store/kept-leads.ts';
import { LaidAside, NamedAside, Sourced } from './store/laid-aside.ts';
import { damaged, type NodeTables } from './store/node-tables.ts';
import { FOR_EVER, type SharedThings } from './store/shared-things.ts';
import { inOneGo } from './store/sqlite.ts';

/**
 * What was sent so long ago is of no use to anyone: every deadline of a query is minutes, and a link
 * of a pool's chain is asked for by whoever lacks it.
 */
export const OUTBOX_LIFE: Duration = hours(1);
/** Where a recorder writes, and how much. */
export interface RecorderOptions extends SnapshotOptions {
  readonly tables: NodeTables;
  readonly clock: Clock;
  /** The file, for people. */
  readonly file: string;
}

/** What all logs of a store have in common. */
export interface Logs {
  readonly tables: NodeTables;
  readonly clock: Clock;
  readonly options: RecorderOptions;
  readonly leads: KeptLeads;
  readonly shared: SharedThings;
  /** No two processes that have written to this file bear the same. */
  readonly life: string;
  /** Whose turn it is. */
  current: ActorLog | undefined;
  /** The host's own, once it is watched. */
  readonly chain: ChainView | undefined;
  isKnown(message: Incoming): boolean;
  /** Within a change: takes what has arrived, or is of no use any more, out of the outbox. */
  takeFinished(): void;
  /** Within a change: drops some of what is to be forgotten. */
  forgetSome(): void;
  /** What nothing names that is of then or later need not be kept. */
  forgetBefore(instant: number): void;
  /** The log has ended. */
  forget(log: ActorLog): void;
}

/** An entry under way, before its handler has returned. */
interface Current {
  readonly input: JournalInput;
  readonly at: Instant;
  readonly of: Incoming | undefined;
  latest?: Metagraph;
  readonly looked: (readonly [Block, Metagraph | undefined])[];
  readonly heard: unknown[];
}

/** What of a turn is not on the disk yet. */
interface Turn {
  readonly entries: {
    readonly number: number;
    readonly hash: Uint8Array;
    readonly body: Uint8Array;
  }[];
  readonly sends: { readonly name: string; readonly at: Instant; readonly of: Outgoing }[];
  readonly answers: { readonly answer: QueryAnswer; readonly at: Instant }[];
  readonly dealt: Map<string, { readonly name: Uint8Array; readonly at: Instant }>;
  readonly effects: Committed['effects'][number][];
  readonly done: (() => void)[];
}

const newTurn = (): Turn => ({
  entries: [],
  sends: [],
  answers: [],
  dealt: new Map(),
  effects: [],
  done: [],
});

type Fields = Record<string, unknown>;

export class ActorLog implements Log {
  readonly self: Address;
  readonly actor: AnyActor;
  readonly #recorder: Logs;
  readonly #tables: NodeTables;
  readonly #id: number;
  readonly #named: NamedAside;
  /** What was read ahead, when the log was opened. */
  #ahead: { readonly revived: Revived | undefined } | undefined;
  #hash: Uint8Array;
  #number = 0;
  #functions: readonly string[] = [];
  #asked = 0;
  #open = new Map<number, Ask>();
  #numbers = new Map<Ask, number>();
  readonly #questions = new WeakMap<object, Ask>();
  #newest: Metagraph | undefined;
  #told = new Map<Block, Metagraph | undefined>();
  /** The newest block, as of this turn. */
  #latest: Metagraph | undefined;
  #current: Current | undefined;
  #turn = newTurn();
  #since: SinceSnapshot;
  #life: Life | undefined;

  constructor(recorder: Logs, self: Address, actor: AnyActor) {
    this.self = self;
    this.#recorder = recorder;
    this.#tables = recorder.tables;
    this.actor = actor;
    this.#hash = firstHash(self);
    this.#since = new SinceSnapshot(recorder.options, recorder.clock.now());
    this.#named = new NamedAside(recorder.leads);
    this.#tables.run('INSERT OR IGNORE INTO actors (address) VALUES (?)', self);
    const row = this.#tables.one('SELECT actor FROM actors WHERE address = ?', self);
    this.#id = Number(row?.['actor']);
    this.#ahead = { revived: this.#revive() };
  }

  revive(): Revived | undefined {
    const { revived } = this.#ahead ?? { revived: this.#revive() };
    this.#ahead = undefined;
    return revived;
  }

  enter(): void {
    this.#recorder.current = this;
    this.#latest = undefined;
  }

  leave(): void {
    this.#recorder.current = undefined;
  }

  begins(at: Instant, random: Random): void {
    const made = this.actor.made ?? {};
    const stream = savedStream(random);
    this.#current = current({ is: 'begin', made, stream, functions: [] }, at);
  }

  adopt(state: unknown): void {
    const fields = state as Fields;
    this.#functions = functionsOf(state);
    for (const name of this.#functions) fields[name] = this.#heard(fields[name]);
    const begun = this.#current;
    if (begun?.input.is !== 'begin') return;
    this.#current = { ...begun, input: { ...begun.input, functions: this.#functions } };
  }

  hand(input: Handed, of?: Incoming): boolean {
    const { at } = input;
    if (input.is === 'reply') {
      const ask = this.#questions.get(input.reply);
      const question = ask && this.#numbers.get(ask);
      invariant(question !== undefined, 'a reply is to an open question');
      const { outcome, service } = input.reply;
      const isLeads = service === 'source' && outcome.ok;
      const kept = isLeads ? { ok: true as const, value: sourced(outcome.value) } : outcome;
      this.#current = current({ is: 'reply', question, outcome: kept }, at);
      return true;
    }
    if (of !== undefined) {
      // It came again while it waited for its turn.
      if (this.#turn.dealt.has(dealtKey(of))) return false;
      if (this.#recorder.isKnown(of)) {
        of.done();
        return false;
      }
    }
    const { kind, from, sentAt, body } = input.envelope;
    const name = of === undefined ? {} : { name: of.name };
    this.#current = current({ is: 'message', kind, from, sentAt, body, ...name }, at, of);
    return true;
  }

  answered(reply: Reply<Service>, ask: Ask): void {
    this.#questions.set(reply, ask);
  }

  did(effects: readonly Effect[]): void {
    const { current: done } = this.#taken();
    const number = this.#write(done, effectsHash(effects, this.#named));
    for (const [index, effect] of effects.entries())
      this.#keep(effect, done.at, `${number}.${index}`);
  }

  failed(): void {
    // What a handler left half done is nobody's state.
    this.#life = undefined;
    if (this.#current === undefined) return;
    const { current: done } = this.#taken();
    // Who could not even begin has nothing to go on from.
    if (done.input.is !== 'begin') this.#write(done);
  }

  commit(life: Life): Committed {
    this.#life = life;
    const turn = this.#turn;
    this.#turn = newTurn();
    if (turn.entries.length === 0) return { effects: [], done: [] };
    this.#since.inputs += turn.entries.length;
    try {
      inOneGo(this.#tables.database, () => {
        this.#file(turn);
        // What people wait for goes out first: every query has a turn in which nothing is answered.
        const mayWait = turn.answers.length > 0;
        const isDue = !mayWait && this.#since.isDue(this.#recorder.clock.now());
        if (isDue && life.state !== undefined) this.#snapshot(life);
      });
    } catch (cause) {
      this.#life = undefined;
      this.#recorder.leads.drop();
      this.#recorder.shared.drop();
      throw cause;
    }
    const { effects, done } = turn;
    return { effects, done };
  }

  close(): void {
    this.#recorder.forget(this);
    const life = this.#life;
    if (life?.state === undefined || this.#since.inputs === 0) return;
    if (!this.#tables.database.isOpen) return;
    // The next process has nothing to replay, and may be of another version.
    inOneGo(this.#tables.database, () => {
      this.#file(this.#turn);
      this.#snapshot(life);
    });
  }

  latest(view: ChainView): Metagraph {
    this.#latest ??= view.latest;
    const latest = this.#latest;
    if (this.#current !== undefined && !isSame(latest, this.#newest)) {
      this.#current.latest = latest;
      this.#newest = latest;
      this.#told.set(latest.head.number, latest);
    }
    return latest;
  }

  at(view: ChainView, block: Block): Metagraph | undefined {
    const metagraph = view.at(block);
    if (this.#current !== undefined && !isSame(metagraph, this.#told.get(block))) {
      this.#current.looked.push([block, metagraph]);
      this.#told.set(block, metagraph);
    }
    return metagraph;
  }

  #taken(): { readonly current: Current } {
    const taken = this.#current;
    invariant(taken !== undefined, 'what was done was handed before');
    this.#current = undefined;
    return { current: taken };
  }

  /** Appends an entry to the turn, and gives its number. */
  #write({ input, at, latest, looked, heard, of }: Current, effects?: Uint8Array): number {
    if (input.is === 'reply') this.#closeQuestion(input.question);
    const entry: JournalEntry = {
      ...input,
      at,
      ...(latest && { latest }),
      ...(looked.length > 0 && { looked }),
      ...(heard.length > 0 && { heard }),
      ...(effects && { effects }),
    };
    const number = ++this.#number;
    const body = writeGraph(entry, { aside: this.#aside(at) });
    this.#hash = nextHash(this.#hash, number, body);
    this.#turn.entries.push({ number, hash: this.#hash, body });
    this.#since.bytes += body.length;
    if (of !== undefined) {
      this.#turn.dealt.set(dealtKey(of), { name: dealtName(of), at });
      this.#turn.done.push(of.done);
    }
    return number;
  }

  #closeQuestion(number: number): void {
    const ask = this.#open.get(number);
    this.#open.delete(number);
    if (ask !== undefined) this.#numbers.delete(ask);
  }

  #keep(effect: Effect, at: Instant, place: string): void {
    const { effects, sends, answers } = this.#turn;
    if ('send' in effect) {
      const { send: kind, to, body } = effect;
      const name = `${this.#recorder.life}.${this.#id}.${place}`;
      // Kind, receiver and body are of one kind still, which the union of all kinds can't say.
      const of = { kind, from: this.self, to, sentAt: at, body, name } as Outgoing;
      sends.push({ name, at, of });
      effects.push(of);
      return;
    }
    if ('ask' in effect) {
      const number = this.#asked++;
      this.#open.set(number, effect);
      this.#numbers.set(effect, number);
      if (effect.ask === 'answer') answers.push({ answer: effect.input, at });
    }
    effects.push(effect);
  }

  #file({ entries, sends, answers, dealt }: Turn): void {
    const tables = this.#tables;
    for (const { number, hash, body } of entries) {
      tables.run('INSERT INTO journal VALUES (?, ?, ?, ?)', this.#id, number, hash, body);
    }
    for (const { name, at, of } of sends) {
      const body = bodyHash(of.body, this.#named);
      if (tables.one('SELECT 1 FROM bodies WHERE name = ?', body) === undefined) {
        const bytes = writeGraph(of.body, { aside: this.#aside(at) });
        tables.run('INSERT INTO bodies VALUES (?, ?)', body, bytes);
      }
      const row = [name, this.#id, at, of.kind, of.to, body] as const;
      tables.run('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)', ...row);
    }
    for (const { answer, at } of answers) {
      const body = writeGraph(answer, { aside: this.#aside(FOR_EVER) });
      const row = [answer.query, at, this.#id, body] as const;
      tables.run('INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)', ...row);
    }
    for (const { name, at } of dealt.values()) {
      tables.run('INSERT OR IGNORE INTO dealt VALUES (?, ?)', name, at);
    }
    this.#recorder.takeFinished();
    this.#recorder.forgetSome();
    this.#flush();
  }

  #flush(): void {
    this.#recorder.shared.flush();
    this.#since.bytes += this.#recorder.leads.flush();
  }

  /** Within a change. */
  #snapshot({ state, random }: Life): void {
    const at = this.#recorder.clock.now();
    const body = writeGraph(
      {
        made: this.actor.made ?? {},
        state,
        functions: this.#functions,
        stream: savedStream(random),
        asked: this.#asked,
        open: [...this.#open],
        latest: this.#newest,
      },
      { aside: this.#aside(at) },
    );
    this.#flush();
    const number = this.#number;
    const hash = snapshotHash(this.#hash, number, body);
    this.#tables.run(
      'INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...([this.#id, number, at, this.#since.bytes, this.#hash, hash, body] as const),
    );
    this.#told.clear();
    this.#since.begin(body.length, at);
    const first = trimPast(this.#tables, this.#id, this.#recorder.options);
    // Of leads goes what nobody names from then on.
    if (first !== undefined) this.#recorder.forgetBefore(first - 2 * USED_SLACK);
  }

  #aside(used: Instant): LaidAside {
    return new LaidAside(this.#recorder.leads, this.#recorder.shared, used);
  }

  /** The last snapshot, and all that was handed to it since, once more. */
  #revive(): Revived | undefined {
    try {
      return this.#revived();
    } catch (cause) {
      if (cause instanceof WorldError) throw cause;
      throw damaged(this.#recorder.options.file, cause);
    }
  }

  /** Its handlers took it once: where they do not now, they are not the same. */
  #feed(replaying: Replaying, number: number, entry: JournalEntry): void {
    try {
      replaying.feed(entry);
    } catch (cause) {
      const { file } = this.#recorder.options;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WorldError(
        `${file}: journal entry ${number} of ${this.self} was written by another version: ${why}. Start and stop that version once: what is stopped has nothing to be handed again`,
        { cause },
      );
    }
  }

  #revived(): Revived | undefined {
    const now = this.#recorder.clock.now();
    const aside = this.#aside(now);
    const last = readSnapshot(this.#tables, this.#id, aside);
    const replaying = new Replaying(this.self, () => this.actor);
    this.#reset(last, replaying);
    for (const { number, hash, entry, size } of readJournal(this.#tables, this.#id, aside, {
      number: this.#number,
      hash: this.#hash,
    })) {
      this.#feed(replaying, number, entry);
      this.#number = number;
      this.#hash = hash;
      this.#since.inputs++;
      this.#since.bytes += size;
    }
    const { random, state } = replaying;
    if (random === undefined) return undefined;
    this.#asked = replaying.asked;
    this.#open = new Map(replaying.open);
    this.#numbers = new Map([...replaying.open].map(([number, ask]) => [ask, number]));
    this.#newest = replaying.chain.newest;
    this.#told = new Map(replaying.chain.told);
    this.#reattach(replaying, now);
    this.#life = { state, random };
    return { state, random, open: [...replaying.open.values()], unsent: this.#unsent(now) };
  }

  #reset(last: FiledSnapshot | undefined, replaying: Replaying): void {
    this.#hash = last?.chain ?? firstHash(this.self);
    this.#number = last?.number ?? 0;
    this.#since.begin(last?.size ?? 0, last?.at ?? this.#recorder.clock.now());
    this.#current = undefined;
    this.#turn = newTurn();
    this.#newest = undefined;
    this.#told = new Map();
    this.#open = new Map();
    this.#numbers = new Map();
    this.#asked = 0;
    if (last !== undefined) replaying.restore(last.snapshot);
  }

  /** What is no data of an actor's state is made anew: as its operator has it now. */
  #reattach(replaying: Replaying, now: Instant): void {
    const { state } = replaying;
    const fields = state as Fields;
    const chain = this.#recorder.chain;
    invariant(chain !== undefined, 'the chain is watched before an actor is logged');
    const random = streamFrom({ seed: digest('leadpoet.unused/1') });
    const [fresh] = this.actor.begin({ self: this.self, now, random, chain });
    const functions = functionsOf(fresh);
    for (const name of replaying.functions) delete fields[name];
    for (const name of functions) fields[name] = this.#heard((fresh as Fields)[name]);
    this.#functions = functions;
    const made = this.actor.made ?? {};
    if (isMade(made, replaying.made) && String(functions) === String(replaying.functions)) return;
    this.#write(current({ is: 'remade', made, functions }, now));
  }

  /** The function, whose answers are written down with the input in which it is asked. */
  #heard(of: unknown): (...said: readonly unknown[]) => unknown {
    const asked = of as (...said: readonly unknown[]) => unknown;
    return (...said) => {
      const answer = asked(...said);
      this.#current?.heard.push(answer);
      return answer;
    };
  }

  #unsent(now: Instant): readonly Outgoing[] {
    const rows = this.#tables.all(
      `SELECT o.name, o.at, o.kind, o.receiver, b.bytes FROM outbox o JOIN bodies b ON b.name = o.body
       WHERE o.actor = ? AND o.at >= ? ORDER BY o.rowid`,
      this.#id,
      now - OUTBOX_LIFE,
    );
    const aside = this.#aside(now);
    return rows.map(({ name, at, kind, receiver, bytes }) => {
      const body = readGraph(bytes as Uint8Array, aside);
      const to = receiver as Address;
      return { kind: kind as Kind, from: this.self, to, sentAt: at, body, name } as Outgoing;
    });
  }
}

const current = (input: JournalInput, at: Instant, of?: Incoming): Current => ({
  input,
  at,
  of,
  looked: [],
  heard: [],
});

const sourced = (leads: unknown): unknown =>
  Array.isArray(leads) ? leads.map((lead) => new Sourced(lead)) : new Sourced(leads);

const functionsOf = (state: unknown): readonly string[] =>
  typeof state === 'object' && state !== null
    ? Object.entries(state).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    : [];

const isMade = (a: Made, b: Made): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, value]) => b[name] === value);

/** The same block as it was told before. */
const isSame = (a: Metagraph | undefined, b: Metagraph | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.head.hash === b.head.hash &&
    a.neurons === b.neurons &&
    a.epochStart === b.epochStart &&
    a.tempo === b.tempo);

const dealtKey = ({ envelope, name }: Incoming): string => `${envelope.from} ${name}`;

/** A stranger's name may be of any length. */
export const dealtName = ({ envelope, name }: Incoming): Uint8Array =>
  digestBytes('leadpoet.dealt/1', envelope.from, name);
