/**
 * The journal of an actor: each input as it was handed to it, all that its handler could see besides,
 * and the hash of what it asked for.
 *
 *     hash n = H(hash n−1, n, entry n)        hash 0 = H(the actor's address)
 *
 * Handlers are pure, so whoever hands the entries to the same actor again has the same state, and the
 * same effects to compare: recovery, and `leadpoet replay`.
 */
import type { Ask, Effect, Fault } from '../actors/actor.ts';
import { digestBytes } from '../protocols/hash.ts';
import type { Address, Envelope, Kind } from '../protocols/messages.ts';
import type { Metagraph } from '../protocols/metagraph.ts';
import type { Block, Instant } from '../protocols/units.ts';
import type { SavedStream } from './random.ts';
import { writeGraph, type Aside } from './store/graph.ts';

/** What an actor was made with, where there is a choice. */
export type Made = Readonly<Record<string, string | number | boolean>>;

/** One input, and what its handler saw. */
export type JournalEntry = JournalInput & {
  readonly at: Instant;
  /** The newest block, where the last entry that saw one saw another. */
  readonly latest?: Metagraph;
  /** Older blocks that it looked at; undefined where the chain no longer told, or not yet. */
  readonly looked?: readonly (readonly [Block, Metagraph | undefined])[];
  /** What its functions said (`isSuppressed`), in the order in which they were called. */
  readonly heard?: readonly unknown[];
  /** What it asked for; absent where its handler threw, and then the input counts for nothing. */
  readonly effects?: Uint8Array;
};

export type JournalInput =
  | {
      readonly is: 'begin';
      readonly made: Made;
      readonly stream: SavedStream;
      /** Those of its state's fields that are functions. */
      readonly functions: readonly string[];
    }
  | {
      readonly is: 'message';
      readonly kind: Kind;
      readonly from: Address;
      readonly sentAt: Instant;
      readonly body: Envelope['body'];
      /** As its sender named it, where it came over a line that names. */
      readonly name?: string;
    }
  /** `question`: the actor's questions are numbered from 0, as it asked them. */
  | { readonly is: 'reply'; readonly question: number; readonly outcome: JournalOutcome }
  /**
   * Persons were erased: a snapshot of the same number has what it was, and that is where it goes on
   * from.
   */
  | { readonly is: 'erased' }
  /** From here on it is made in another way: its operator has changed what it was made with. */
  | { readonly is: 'remade'; readonly made: Made; readonly functions: readonly string[] };

export type JournalOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: Fault };

/** Where an actor stood after an entry. */
export interface Snapshot {
  readonly made: Made;
  readonly state: unknown;
  readonly functions: readonly string[];
  readonly stream: SavedStream;
  /** How many questions it has asked so far, and those that are open. */
  readonly asked: number;
  readonly open: readonly (readonly [number, Ask])[];
  readonly latest: Metagraph | undefined;
}

/** The hash before the first entry. */
export const firstHash = (self: Address): Uint8Array => digestBytes('leadpoet.journal/1', self);

export const nextHash = (last: Uint8Array, number: number, body: Uint8Array): Uint8Array =>
  digestBytes('leadpoet.journal/1', last, number, body);

export const snapshotHash = (chain: Uint8Array, number: number, body: Uint8Array): Uint8Array =>
  digestBytes('leadpoet.snapshot/1', chain, number, body);

/** The hash of what a handler asked for, notes included: equal where it asked for the same. */
export function effectsHash(effects: readonly Effect[], aside: Aside): Uint8Array {
  const parts = effects.map((effect) => {
    if ('note' in effect) return writeGraph(effect, { aside, asTree: true });
    const [head, told] =
      'send' in effect
        ? [[effect.send, effect.to], effect.body as object]
        : [[effect.ask, effect.by], effect.input as object];
    return digestBytes('leadpoet.effect/1', ...head, bodyHash(told, aside));
  });
  return digestBytes('leadpoet.effects/1', ...parts);
}

/** The hash of a body or a question's input, whatever is shared in it. */
export function bodyHash(body: object, aside: Aside): Uint8Array {
  let hash = hashes.get(body);
  if (hash === undefined) {
    hash = digestBytes('leadpoet.body/1', writeGraph(body, { aside, asTree: true }));
    hashes.set(body, hash);
  }
  return hash;
}
/**
 * A body that goes to sixty is written once. What is said is never changed once it was said; leads
 * are named with the secret of a file, of which a process has one.
 */
const hashes = new WeakMap<object, Uint8Array>();
