/**
 * Who is who. Members of rings are drawn from one end of a shuffled row and decoys from the other, so
 * a ring more or less changes nobody else's part.
 */
import type { Random } from '../../actors/actor.ts';
import { invariant } from '../../protocols/units.ts';
import { shuffled } from './draws.ts';
import { RING_KINDS } from './kinds.ts';
import type { Plan } from './plan.ts';

export interface Roles {
  /** A ring's members, by the plan's order of rings. */
  readonly rings: readonly RingRoles[];
  /** By validator: the strict below 0, the lenient above. */
  readonly shifts: ReadonlyMap<number, number>;
  readonly sparse: ReadonlySet<number>;
  readonly framed: readonly number[];
  /** Neither in a ring nor copied by one, nor a decoy. */
  readonly ordinary: readonly number[];
  readonly poor: ReadonlySet<number>;
}

export interface RingRoles {
  readonly members: readonly number[];
  readonly miners: readonly number[];
  /** Of those that deliver as well as others, at most as many as `miners`. */
  readonly rivals: readonly number[];
  /** Whom the ring copies, who is innocent. */
  readonly leader?: number;
}

export function rolesOf(plan: Plan, random: Random): Roles {
  const row = shuffled(random.fork('validators'), numbers(plan.validators));
  const minerRow = shuffled(random.fork('miners'), numbers(plan.miners));
  const poorRow = minerRow.slice(0, plan.poorMiners);
  const others = minerRow.slice(plan.poorMiners);

  const takeLast = (count: number): number[] => (count > 0 ? row.splice(-count) : []);
  const strict = takeLast(plan.decoys.strict.length);
  const lenient = takeLast(plan.decoys.lenient.length);
  const sparse = takeLast(plan.decoys.sparse);
  const framed = takeLast(plan.decoys.framed);
  const rings = plan.rings.map(({ kind, validators, miners }) => {
    const members = row.splice(0, validators);
    const copies = RING_KINDS[kind].acts.some((act) => act === 'copy');
    const [leader] = copies ? row.splice(0, 1) : [];
    const own = poorRow.splice(0, miners);
    invariant(members.length === validators && own.length === miners, 'a ring has its numbers');
    return {
      members,
      miners: own,
      rivals: others.splice(0, own.length),
      ...(leader === undefined ? {} : { leader }),
    };
  });

  return {
    rings,
    shifts: new Map([
      ...strict.map((who, at) => [who, -(plan.decoys.strict[at] ?? 0)] as const),
      ...lenient.map((who, at) => [who, plan.decoys.lenient[at] ?? 0] as const),
    ]),
    sparse: new Set(sparse),
    framed,
    ordinary: row,
    poor: new Set(minerRow.slice(0, plan.poorMiners)),
  };
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
