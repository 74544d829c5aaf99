/**
 * What a number means. A unit exists for the compiler alone: at run time an `Instant` is a number.
 *
 * Fractions are integers in millionths, reputations in thousandths, money in rao: thresholds compare
 * integers, divisions round down, and so everybody computes the same.
 */
declare const unit: unique symbol;

/** A value that may not be mixed up with another of the same make. */
export type Unit<Base, Name extends string> = Base & {
  readonly [unit]: { readonly [N in Name]: true };
};

/** Milliseconds since the Unix epoch. */
export type Instant = Unit<number, 'Instant'>;
/** Milliseconds. */
export type Duration = Unit<number, 'Duration'>;
/** O_v or F, in millionths: 0 to 1 000 000. */
export type Score = Unit<number, 'Score'>;
/** A_m, D_m, W_m, C_v or any share, in millionths. */
export type Fraction = Unit<number, 'Fraction'>;
/** P_v (0 to 100 000) or R_v (0 to 200 000), in thousandths of a point. */
export type Reputation = Unit<number, 'Reputation'>;
/** Money: 1 TAO is 10⁹ rao. */
export type Rao = Unit<bigint, 'Rao'>;
/** A block's number. */
export type Block = Unit<number, 'Block'>;
/** A neuron's slot in the subnet, 0 to 65535. Slots are reused: nothing is kept by uid. */
export type Uid = Unit<number, 'Uid'>;
/** The chain's 16-bit weight. */
export type Weight16 = Unit<number, 'Weight16'>;
/** The key a node signs with; it names a participant. */
export type Hotkey = Unit<string, 'Hotkey'>;
/** The key that owns funds. */
export type Coldkey = Unit<string, 'Coldkey'>;
/** 32 bytes of SHA-256 as lower-case hex. */
export type Digest = Unit<string, 'Digest'>;
/** A digest as 32 characters of eight bits. */
export type TightDigest = Unit<string, 'TightDigest'>;
/** Names a query over all its attempts. */
export type QueryId = Unit<Digest, 'QueryId'>;
/** Names a batch by what is in it. */
export type BatchId = Unit<Digest, 'BatchId'>;

/** One, as a fraction. */
export const ONE = 1_000_000 as Fraction;
/** The whole, as a score. */
export const WHOLE = 1_000_000 as Score;
/** 1 TAO in rao. */
export const RAO_PER_TAO = 1_000_000_000n;
/** Rules count days in blocks: 7 200 of 12 s. */
export const BLOCKS_PER_DAY = 7_200;

export const seconds = (count: number): Duration => (count * 1_000) as Duration;
export const minutes = (count: number): Duration => seconds(count * 60);
export const hours = (count: number): Duration => minutes(count * 60);
export const later = (from: Instant, by: Duration): Instant => (from + by) as Instant;

/** A score from per cent: `percent(92.5)`. */
export const percent = (count: number): Score => Math.round(count * 10_000) as Score;
/** A precision or reputation from points: `points(15)`. */
export const points = (count: number): Reputation => Math.round(count * 1_000) as Reputation;
/** Whole TAO as rao. */
export const tao = (count: number): Rao => (BigInt(count) * RAO_PER_TAO) as Rao;

/** `part` of `whole` in millionths, rounded down. `whole` must be above 0. */
export function ratio(part: number, whole: number): number {
  invariant(whole > 0, 'a ratio needs a whole');
  return Math.floor((part * ONE) / whole);
}

/** A rao amount in TAO for people: `20`, `0.5`, `19.999999999`. */
export function showTao(rao: Rao): string {
  const sign = rao < 0n ? '-' : '';
  const size = rao < 0n ? 0n - rao : rao;
  const part = (size % RAO_PER_TAO).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${size / RAO_PER_TAO}${part && `.${part}`}`;
}

/** Ours to hold: throws where it does not, which stops the actor that met it and nobody else. */
export function invariant(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${claim}`);
}
