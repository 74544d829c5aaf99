/**
 * A release as one number, as everyone on this chain writes it:
 *
 *     1 000 000 · major + 1 000 · minor + patch
 *
 * It is the version of axons and the version key of weights.
 */
import { invariant } from '../../../protocols/units.ts';

export function releaseNumber(release: string): number {
  const [, major, minor, patch] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b/.exec(release) ?? [];
  invariant(patch !== undefined, 'a release is three numbers of three digits at most');
  return 1_000_000 * Number(major) + 1_000 * Number(minor) + Number(patch);
}
