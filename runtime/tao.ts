/**
 * TAO as a person writes it, as rao: exact, since it never goes by way of a fraction of the machine's.
 */
import { RAO_PER_TAO, type Rao } from '../protocols/units.ts';

/** No account holds more: all TAO that there will ever be are 21 million. */
export const MOST_TAO = 21_000_000;

/** `20`, `0.5`; nine digits behind the point at most, 0 to 21 million. Undefined where it is none. */
export function readTao(text: string): Rao | undefined {
  const [, whole = '', part = ''] = /^(\d{1,8})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === '') return undefined;
  const rao = BigInt(whole) * RAO_PER_TAO + BigInt(part.padEnd(9, '0'));
  return rao <= BigInt(MOST_TAO) * RAO_PER_TAO ? (rao as Rao) : undefined;
}
