/**
 * Whoever is flagged earns nothing by the rules and has no say in any F, for as long as the flag lasts;
 * a restricted buyer's query is not settled.
 *
 * The finding of an epoch is known within minutes of its first block, and counts from the next epoch on.
 * A pool that went away and came back has to find all of it again, and may err until it has.
 */
import { standingAt } from '../../protocols/ledger.ts';
import type { Address, Case } from '../../protocols/messages.ts';
import type { Penalty } from '../../protocols/rules/penalties.ts';
import { hours, type Hotkey, type Instant, type Rao } from '../../protocols/units.ts';
import type { ChainEpoch } from '../../runtime/chain/in-memory.ts';
import type { Subnet } from '../../runtime/subnet.ts';
import { paidByRules } from '../pay.ts';
import { witnessIn } from '../witness.ts';
import type { Checker } from './checker.ts';

/** Going through a quarter of a year of epochs, at some two seconds each. */
const TO_FIND_ALL = hours(3);

export function penalties(
  subnet: Pick<Subnet, 'nodes' | 'ownerOf' | 'validatorAt'>,
  tempo: number,
): Checker {
  /** In force at a block, and since long enough that the epoch of that block began after it. */
  const inForce = (
    of: 'validators' | 'buyers',
    hotkey: Hotkey,
    block: number,
  ): Penalty | undefined =>
    witnessIn(subnet)
      ?.ledger.penalties[of].get(subnet.ownerOf(hotkey))
      ?.penalties.find(
        ({ at, until, lifted }) =>
          at + tempo + 1 <= block && block <= until && (lifted ?? Infinity) >= block,
      );

  function wrongCase({ query, reputations }: Case): string | undefined {
    const block = query.rounds.at(-1)?.block ?? 0;
    const served = query.account === 'buyer' && inForce('buyers', query.buyer, block);
    if (served) return `${query.buyer} is restricted until ${served.until} and served at ${block}`;
    for (const { validator, reputation } of reputations) {
      const flag = reputation > 0 && inForce('validators', validator, block);
      if (flag) return `${validator} is flagged until ${flag.until} and has a say at ${block}`;
    }
    return undefined;
  }

  function wrongPay({ block, rows }: ChainEpoch): string | undefined {
    const ledger = witnessIn(subnet)?.ledger;
    if (ledger === undefined || ledger.penalties.validators.size === 0) return undefined;
    const validators = rows.map(({ hotkey }) => hotkey);
    const pot = rows.reduce((sum, { emission }) => sum + emission, 0n) as Rao;
    const standing = standingAt(ledger, block, subnet.ownerOf);
    const paid = paidByRules(pot, standing, { validators, miners: [] });
    const flagged = validators.find(
      (validator) => (paid.get(validator) ?? 0n) > 0n && inForce('validators', validator, block),
    );
    return flagged && `${flagged} is flagged and earns ${paid.get(flagged)} rao at ${block}`;
  }

  const began = new Map<Address, Instant>();
  return {
    name: 'penalties',
    see(happening) {
      if (happening.is === 'started') began.set(happening.actor, happening.at);
      if (happening.is !== 'sent' || happening.envelope.kind !== 'proposal') return undefined;
      const { from, body } = happening.envelope;
      const isNew = happening.at < (began.get(from) ?? 0) + TO_FIND_ALL;
      return isNew ? undefined : wrongCase(body as Case);
    },
    turn: wrongPay,
  };
}
