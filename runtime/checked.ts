/**
 * Looks at signatures for a notary of any kind, and at each good one once: the same query comes
 * inside eight batches, its reports inside a proposal and a settlement.
 *
 *     hotkey ──▶ its key (kept) ──▶ found good before? ──▶ the curve (0.1 to 10 ms) ──▶ kept if good
 */
import { digest } from '../protocols/hash.ts';
import type { Digest, Hotkey } from '../protocols/units.ts';
import type { Notary } from './host.ts';

/** One kind of signature, and how its keys are written. */
export interface Scheme<Key extends object> {
  /**
   * Undefined where the text is no hotkey in its one spelling: any other would be another hotkey
   * that one holder can sign for.
   */
  keyOf(hotkey: Hotkey): Key | undefined;
  /** Bytes of any length; never throws. */
  isGood(statement: Uint8Array, signature: Uint8Array, key: Key): boolean;
}

/** Checks for anybody. What it keeps is bounded, and bad signatures push nothing out. */
export function checker<Key extends object>(scheme: Scheme<Key>): Notary['check'] {
  const keys = new Map<Hotkey, Key>();
  const found = new Map<Digest, true>();

  return (by, statement, signature) => {
    const key = touch(keys, by) ?? scheme.keyOf(by);
    if (key === undefined) return false;
    keep(keys, by, key, MAX_KEYS);

    const name = digest('leadpoet.checked/1', by, statement, signature);
    if (touch(found, name) !== undefined) return true;
    if (!scheme.isGood(statement, signature, key)) return false;

    keep(found, name, true, MAX_FOUND);
    return true;
  };
}

/** A subnet of 256 neurons and a few thousand buyers. */
const MAX_KEYS = 4_096;
/** Some 2 MB: what a busy validator sees in the minutes in which a signature comes again. */
const MAX_FOUND = 16_384;

/** What is kept under a key, which is now the last to be dropped. */
function touch<K, V>(kept: Map<K, V>, key: K): V | undefined {
  const value = kept.get(key);
  if (value === undefined) return undefined;
  kept.delete(key);
  kept.set(key, value);
  return value;
}

/** Keeps a value and drops the one longest untouched where there are too many. */
function keep<K, V>(kept: Map<K, V>, key: K, value: V, most: number): void {
  kept.set(key, value);
  if (kept.size <= most) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
