/**
 * Named streams of chance. A stream is made from a seed and the path of names to it, so a new draw
 * in one actor leaves the draws of all others as they were, and a run repeats from its seed.
 *
 *     state = SHA-256(seed, name)      draws = xoroshiro128+
 */
import { randomBytes } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Random } from '../actors/actor.ts';
import { bytesOf, digest } from '../protocols/hash.ts';
import { invariant, ONE, type Digest, type Fraction } from '../protocols/units.ts';

/** The same seed as a number and as its digits is the same stream. */
export const randomFrom = (seed: string | number): Random =>
  new Stream(digest('leadpoet.random/1', seed));

/** A stream that nobody can foresee. */
export const systemRandom = (): Random => randomFrom(randomBytes(32).toString('hex'));

/** Where a stream stands, as plain data. */
export interface SavedStream {
  readonly seed: Digest;
  /** The generator's words; absent where nothing was drawn yet. */
  readonly words?: readonly number[];
}

/** Where a stream of `randomFrom` or `systemRandom`, or a fork of one, stands. */
export function savedStream(random: Random): SavedStream {
  invariant(random instanceof Stream, 'a stream that is kept is one of ours');
  return random.saved();
}

/** The stream that goes on from there: it draws and forks what the saved one would have. */
export const streamFrom = ({ seed, words }: SavedStream): Random => new Stream(seed, words);

class Stream implements Random {
  readonly #seed: Digest;
  #generator: RandomGenerator | undefined;

  constructor(seed: Digest, words?: readonly number[]) {
    this.#seed = seed;
    if (words !== undefined) this.#generator = xoroshiro128plusFromState(words);
  }

  saved(): SavedStream {
    const words = this.#generator?.getState();
    return words === undefined ? { seed: this.#seed } : { seed: this.#seed, words: [...words] };
  }

  next(): number {
    this.#generator ??= generatorFrom(this.#seed);
    return this.#generator.next() >>> 0;
  }

  fork(name: string): Random {
    return new Stream(digest('leadpoet.random/1', this.#seed, name));
  }
}

function generatorFrom(seed: Digest): RandomGenerator {
  const words = new DataView(bytesOf(seed).buffer);
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => words.getInt32(at)));
}

const DRAWS = 2 ** 32;

/** A whole number below `count`, each as likely as the other. `count` is 1 to 2³². */
export function below(random: Random, count: number): number {
  invariant(Number.isInteger(count) && count >= 1 && count <= DRAWS, 'a draw is from 1 to 2^32');
  // Draws past the last full share would favour the low numbers: they are drawn again.
  const share = Math.floor(DRAWS / count);
  const end = share * count;
  for (;;) {
    const draw = random.next();
    if (draw < end) return Math.floor(draw / share);
  }
}

/** True `part` millionths of the time: never at 0, always at 1 000 000. */
export const chance = (random: Random, part: Fraction): boolean => below(random, ONE) < part;
