/**
 * The subnet as it was, block by block, for as long as anybody asks for it.
 *
 *     draws of a query on its way     up to 3 attempts of 560 s: 140 blocks back
 *     what a node has state of        256 blocks, unless it keeps an archive
 *
 * So many are kept. An older block, and one that came while we were away, is undefined when it is
 * first asked for; it is then read behind, where the node still has it, and there the next time. So a
 * validator that has been away longer follows the others with an archive node behind it, and only so.
 */
import type { ChainView, Metagraph } from '../../../protocols/metagraph.ts';
import { invariant, type Block } from '../../../protocols/units.ts';

/** What an ordinary node has state of: what falls out here could not be read again there either. */
export const RECENT = 256;
/** Older ones that somebody asked for: those of a page of settlements, each of up to three rounds. */
export const OLDER = 512;
/** Blocks asked for and not yet read. Beyond, they are asked for again soon enough. */
const MOST_WANTED = 64;
/** Blocks that could not be read; begun anew when full. */
const MOST_MISSING = 4_096;

export class History {
  readonly view: ChainView;
  readonly #recent = new Map<number, Metagraph>();
  readonly #older = new Map<number, Metagraph>();
  readonly #wanted = new Set<number>();
  readonly #missing = new Set<number>();
  #latest: Metagraph;
  /** Called when a block is wanted that is not here. */
  onWanted: () => void = () => {};

  constructor(first: Metagraph) {
    this.#latest = first;
    this.#recent.set(first.head.number, first);
    const latest = (): Metagraph => this.#latest;
    this.view = {
      get latest() {
        return latest();
      },
      at: (block) => this.#at(block),
    };
  }

  get latest(): Metagraph {
    return this.#latest;
  }

  /** What is here of a block, without wanting it. */
  peek(block: number): Metagraph | undefined {
    return this.#recent.get(block) ?? this.#older.get(block);
  }

  /** The chain's newest block. Blocks above it, of a fork that was left, are gone. */
  advance(metagraph: Metagraph): void {
    const { number } = metagraph.head;
    for (let above = number + 1; this.#recent.delete(above); above++);
    this.#latest = metagraph;
    this.#recent.set(number, metagraph);
    this.#wanted.delete(number);
    for (const old of this.#recent.keys()) {
      if (old > number - RECENT) break;
      this.#recent.delete(old);
    }
  }

  /** A block of the past, in place of what was here of it. */
  replace(metagraph: Metagraph): void {
    const { number } = metagraph.head;
    invariant(number < this.#latest.head.number, 'the past lies before the newest block');
    this.#wanted.delete(number);
    if (this.#recent.has(number)) {
      this.#recent.set(number, metagraph);
      return;
    }
    this.#older.set(number, metagraph);
    const [oldest] = this.#older.keys();
    if (this.#older.size > OLDER && oldest !== undefined) this.#older.delete(oldest);
  }

  /** The block that somebody asked for first of those not here. */
  nextWanted(): number | undefined {
    const [first] = this.#wanted;
    return first;
  }

  /** It cannot be read. It is not asked for again, unless the node behind us is another. */
  giveUp(block: number): void {
    this.#wanted.delete(block);
    if (this.#missing.size >= MOST_MISSING) this.#missing.clear();
    this.#missing.add(block);
  }

  /** Another node may have what this one had not. */
  hope(): void {
    this.#missing.clear();
  }

  #at(block: Block): Metagraph | undefined {
    const found = this.peek(block);
    if (found !== undefined) return found;
    if (!Number.isSafeInteger(block) || block < 0 || block > this.#latest.head.number) {
      return undefined;
    }
    if (this.#missing.has(block) || this.#wanted.size >= MOST_WANTED) return undefined;
    this.#wanted.add(block);
    this.onWanted();
    return undefined;
  }
}
