/**
 * An erratic miner is as good as an honest one and has bad days, of which nobody can tell beforehand.
 *
 *     three answers in five   as found
 *     two in five             a third of the leads with a website that does not answer
 *
 * It means no harm: its source is stale at times. Whoever looks sees the bad batch for what it is;
 * whoever says what was last settled of the miner is wrong half of the time.
 */
import { chance } from '../../runtime/random.ts';
import type { Fraction } from '../../protocols/units.ts';
import type { LeadSource } from '../../runtime/services/source.ts';
import { spoil } from '../truth.ts';

/** Of its answers. */
const BAD_DAYS = 400_000 as Fraction;
/** Of the leads of a bad one: far enough below 0.90 for no sample to miss it often. */
const STALE = 330_000 as Fraction;

export const erratic =
  (find: LeadSource): LeadSource =>
  (random, want) => {
    const isBad = chance(random.fork('day'), BAD_DAYS);
    const found = find(random, want);
    if (!isBad) return found;
    const stale = random.fork('stale');
    return found.map((lead) => (chance(stale, STALE) ? spoil(lead, 'down') : lead));
  };
