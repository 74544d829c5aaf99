/**
 * An actor that is handed its journal: the same handlers, the same inputs, the chain and the chance
 * that they saw. Nothing that it asks for is done.
 *
 *     snapshot ──▶ entry ──▶ handler ──▶ effects, to be compared ──▶ entry ──▶ …
 */
import type { Ask, Context, Effect, Random, Reply, Service } from '../actors/actor.ts';
import type { Address, Envelope } from '../protocols/messages.ts';
import type { ChainView, Metagraph } from '../protocols/metagraph.ts';
import { invariant, type Block, type Instant } from '../protocols/units.ts';
import type { AnyActor } from './cell.ts';
import type { JournalEntry, Made, Snapshot } from './journal.ts';
import { savedStream, streamFrom } from './random.ts';

/** Makes the actor of an address as it was made. */
export type MakeActor = (made: Made) => AnyActor;

type Fields = Record<string, unknown>;

export class Replaying {
  readonly self: Address;
  state: unknown = undefined;
  /** Undefined before it began. */
  random: Random | undefined;
  made: Made = {};
  functions: readonly string[] = [];
  /** How many questions it has asked so far. */
  asked = 0;
  /** The service of the question that was answered last. */
  answeredLast: Service | undefined;
  /** The questions without an answer, by their numbers. */
  readonly open: Map<number, Ask> = new Map();
  readonly chain: SeenChain = new SeenChain();
  readonly #make: MakeActor;
  #actor: AnyActor | undefined;
  #heard: readonly unknown[] = [];
  #at = 0;

  constructor(self: Address, make: MakeActor) {
    this.self = self;
    this.#make = make;
  }

  /** Stands where the snapshot does. What it has of the snapshot is its own from now on. */
  restore({ made, state, functions, stream, asked, open, latest }: Snapshot): void {
    this.#remake(made);
    this.state = state;
    this.#adopt(functions);
    this.random = streamFrom(stream);
    this.asked = asked;
    this.open.clear();
    for (const [number, ask] of open) this.open.set(number, ask);
    this.chain.forget();
    this.chain.newest = latest;
    // Of what was kept, some may have been erased since.
    this.#actor?.withoutErased?.(state);
  }

  snapshot(): Snapshot {
    const { made, state, functions, asked, random, chain } = this;
    invariant(random !== undefined, 'an actor is kept that has begun');
    const open = [...this.open];
    const stream = savedStream(random);
    return { made, state, functions, stream, asked, open, latest: chain.newest };
  }

  /**
   * Hands it the next entry, and gives what it asked for; undefined where the handler threw when it
   * was handed this for the first time, or is handed nothing.
   */
  feed(entry: JournalEntry): readonly Effect[] | undefined {
    this.chain.take(entry);
    if (entry.is === 'erased') return undefined;
    if (entry.is === 'remade') {
      for (const name of this.functions) delete (this.state as Fields)[name];
      this.#remake(entry.made);
      this.#adopt(entry.functions);
      return undefined;
    }
    const input = this.#input(entry);
    if (entry.effects === undefined) return undefined;
    this.#heard = entry.heard ?? [];
    this.#at = 0;
    const effects = input();
    for (const effect of effects) {
      if ('ask' in effect) this.open.set(this.asked++, effect);
    }
    return effects;
  }

  /** What is to be called. A question is answered whether or not its handler threw. */
  #input(entry: Exclude<JournalEntry, { is: 'remade' | 'erased' }>): () => readonly Effect[] {
    switch (entry.is) {
      case 'begin':
        return () => this.#begin(entry);
      case 'message': {
        const { kind, from, sentAt, body } = entry;
        const envelope = { kind, from, to: this.self, sentAt, body } as Envelope;
        return () => this.#handle(kind, envelope, entry.at);
      }
      case 'reply': {
        const ask = this.open.get(entry.question);
        invariant(ask !== undefined, 'a reply is to an open question');
        this.open.delete(entry.question);
        const { ask: service, input } = ask;
        this.answeredLast = service;
        const reply = { service, input, outcome: entry.outcome } as Reply<Service>;
        return () => this.#handle(`${service}Reply`, reply, entry.at);
      }
    }
  }

  #begin({ made, stream, functions, at }: JournalEntry & { is: 'begin' }): readonly Effect[] {
    this.#remake(made);
    this.random = streamFrom(stream);
    this.open.clear();
    invariant(this.#actor !== undefined, 'it was made just now');
    const [state, ...effects] = this.#actor.begin(this.#context(at));
    this.state = state;
    this.#adopt(functions);
    return effects;
  }

  #handle(name: string, input: unknown, at: Instant): readonly Effect[] {
    const handle = this.#actor?.on[name];
    invariant(handle !== undefined, 'what was handled has a handler');
    return handle(this.state, input, this.#context(at));
  }

  #context(now: Instant): Context {
    const { self, random, chain } = this;
    invariant(random !== undefined, 'an actor that is handed something has begun');
    return { self, now, random, chain };
  }

  #remake(made: Made): void {
    this.made = made;
    this.#actor = this.#make(made);
  }

  /** In place of a function there is what it said. */
  #adopt(functions: readonly string[]): void {
    this.functions = functions;
    for (const name of functions) {
      (this.state as Fields)[name] = () => this.#heard[this.#at++];
    }
  }
}

/** The chain as an actor saw it. */
export class SeenChain implements ChainView {
  /** The newest block that it saw; undefined where it never looked. */
  newest: Metagraph | undefined = undefined;
  /** What it was told last of each block. */
  readonly told: Map<Block, Metagraph | undefined> = new Map();

  get latest(): Metagraph {
    invariant(this.newest !== undefined, 'the newest block is seen before it is looked at');
    return this.newest;
  }

  /** A block that was not looked at then is one that the chain does not tell. */
  at(block: Block): Metagraph | undefined {
    return this.told.get(block);
  }

  take({ latest, looked = [] }: JournalEntry): void {
    if (latest !== undefined) {
      this.newest = latest;
      this.told.set(latest.head.number, latest);
    }
    for (const [block, metagraph] of looked) this.told.set(block, metagraph);
  }

  /** As the recorder does with each snapshot: what is looked at after it is written down anew. */
  forget(): void {
    this.told.clear();
  }
}
