/**
 * A value that changed last in a block, and what it was until then. A call takes effect in the block
 * to come, so whoever asks in this block is told what it was.
 */
import type { Block } from '../../protocols/units.ts';

export interface Dated<T> {
  readonly since: Block;
  readonly value: T;
  readonly before: T;
}

export const unchanged = <T>(value: T): Dated<T> => ({
  since: 0 as Block,
  value,
  before: value,
});

/** Blocks come in order: `at` is never before `since`. */
export const changed = <T>({ since, value, before }: Dated<T>, at: Block, to: T): Dated<T> => ({
  since: at,
  value: to,
  before: at > since ? value : before,
});

export const asOf = <T>({ since, value, before }: Dated<T>, block: Block): T =>
  block >= since ? value : before;
