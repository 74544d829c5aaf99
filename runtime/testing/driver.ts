/**
 * Hands an actor a script, through a recorder, as a cell would: in turns of any length, with the
 * process ending anywhere.
 */
import type { Ask, Context, Effect, Outcome, Random, Reply, Service } from '../../actors/actor.ts';
import type { Address, Envelope } from '../../protocols/messages.ts';
import type { ChainView, Metagraph } from '../../protocols/metagraph.ts';
import { invariant, type Block, type Instant } from '../../protocols/units.ts';
import type { AnyActor } from '../cell.ts';
import type { Clock } from '../host.ts';
import type { JournalEntry } from '../journal.ts';
import { streamFrom } from '../random.ts';
import { NodeRecorder, type RecorderOptions } from '../recorder.ts';
import type { Log } from '../recording.ts';
import type { NodeTables } from '../store/node-tables.ts';

/** What happened to the outside. */
export interface Outside {
  /** Names of messages that were said to need no bringing any more. */
  readonly done: string[];
  /** Names of the messages that were sent. */
  readonly sent: string[];
}

export interface DriverOptions {
  readonly self: Address;
  readonly actor: AnyActor;
  readonly tables: NodeTables;
  readonly outside: Outside;
  readonly script: readonly JournalEntry[];
  readonly limits?: Partial<RecorderOptions>;
}

/** Which questions there were when the last turn was written down. */
export interface Questions {
  readonly asked: number;
  readonly open: readonly number[];
}

/** One process that runs the actor: made anew after each cut. */
export class Driver {
  readonly recorder: NodeRecorder;
  readonly log: Log;
  state: unknown;
  readonly #options: DriverOptions;
  readonly #chain: ScriptedChain;
  readonly #view: ChainView;
  readonly #open: Map<number, Ask>;
  #asked: number;
  #random: Random | undefined;
  #now = 0 as Instant;

  /** `at`: how much of the script is written down. */
  constructor(options: DriverOptions, at: number, questions: Questions) {
    const { self, actor, tables, script, limits = {} } = options;
    this.#options = options;
    this.#chain = new ScriptedChain(script.slice(0, at));
    const clock: Clock = { now: () => this.#now, at: () => () => undefined };
    this.recorder = new NodeRecorder({ tables, clock, file: 'test', ...limits });
    this.#view = this.recorder.watch({ view: this.#chain }).view;
    this.log = this.recorder.log(self, actor);
    const revived = this.log.revive();
    this.state = revived?.state;
    this.#random = revived?.random;
    this.#asked = questions.asked;
    const asks = revived?.open ?? [];
    invariant(asks.length === questions.open.length, 'the same questions are open');
    this.#open = new Map(questions.open.map((number, index) => [number, there(asks[index])]));
  }

  get questions(): Questions {
    return { asked: this.#asked, open: [...this.#open.keys()] };
  }

  /** One turn, of some of the script. `isCut`: the process ends before it is written down. */
  turn(from: number, to: number, isCut: boolean): void {
    for (let at = from; at < to; at++) {
      // An instant of its own: a turn of a script may take days.
      this.log.enter();
      this.hand(there(this.#options.script[at]), `m${at}`);
    }
    if (isCut) return;
    const { outside } = this.#options;
    const { effects, done } = this.log.commit({ state: this.state, random: there(this.#random) });
    this.log.leave();
    for (const one of done) one();
    for (const effect of effects) {
      if ('sentAt' in effect) outside.sent.push(there(effect.name));
    }
  }

  hand(entry: JournalEntry, name: string): void {
    this.#chain.take(entry);
    this.#now = entry.at;
    const { actor, self, outside } = this.#options;
    switch (entry.is) {
      case 'begin': {
        this.#random = streamFrom(entry.stream);
        this.log.begins(entry.at, this.#random);
        const [state, ...effects] = actor.begin(this.#context());
        this.log.adopt(state);
        this.state = state;
        return this.#did(effects);
      }
      case 'reply': {
        const ask = there(this.#open.get(entry.question));
        this.#open.delete(entry.question);
        const outcome = entry.outcome as Outcome<never>;
        const reply = { service: ask.ask, input: ask.input, outcome } as Reply<Service>;
        this.log.answered(reply, ask);
        this.log.hand({ is: 'reply', at: entry.at, reply });
        return this.#did(this.#handle(`${ask.ask}Reply`, reply));
      }
      case 'message': {
        const { kind, from, sentAt, body } = entry;
        const envelope = { kind, from, to: self, sentAt, body } as Envelope;
        const of = { envelope, name, done: () => void outside.done.push(name) };
        if (!this.log.hand({ is: 'message', at: entry.at, envelope }, of)) return;
        return this.#did(this.#handle(kind, envelope));
      }
      case 'remade':
      case 'erased':
        return;
    }
  }

  #handle(name: string, input: unknown): readonly Effect[] {
    return there(this.#options.actor.on[name])(this.state, input, this.#context());
  }

  #did(effects: readonly Effect[]): void {
    this.log.did(effects);
    for (const effect of effects) if ('ask' in effect) this.#open.set(this.#asked++, effect);
  }

  #context(): Context {
    const random = there(this.#random);
    return { self: this.#options.self, now: this.#now, random, chain: this.#view };
  }
}

function there<T>(value: T | undefined): T {
  invariant(value !== undefined, 'a script has what it speaks of');
  return value;
}

/** The chain as the script has it: whoever looked saw this. */
class ScriptedChain implements ChainView {
  #latest: Metagraph | undefined;
  readonly #blocks = new Map<Block, Metagraph | undefined>();

  constructor(before: readonly JournalEntry[]) {
    for (const entry of before) this.take(entry);
  }

  get latest(): Metagraph {
    return there(this.#latest);
  }

  at(block: Block): Metagraph | undefined {
    return this.#blocks.get(block);
  }

  take({ latest, looked = [] }: JournalEntry): void {
    if (latest !== undefined) {
      this.#latest = latest;
      this.#blocks.set(latest.head.number, latest);
    }
    for (const [block, metagraph] of looked) this.#blocks.set(block, metagraph);
  }
}
