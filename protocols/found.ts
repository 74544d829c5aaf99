/**
 * A finding as an event of the ledger: by coldkeys, and no more of it than has consequences.
 */
import type { Window } from './evidence.ts';
import type { OwnerOf } from './metagraph.ts';
import {
  FLAGGED,
  WATCHED,
  type BuyerFinding,
  type Finding,
  type Ring,
} from './rules/collusion/finding.ts';
import type { FoundEvent, Owner, Suspect } from './rules/penalty-events.ts';
import { ONE, type Fraction, type Hotkey } from './units.ts';

/** What was looked at. */
interface Look {
  readonly window: Pick<Window, 'from' | 'to' | 'name' | 'records'>;
  /** It is of those alone whose evidence before the window is spent. */
  readonly narrow: boolean;
}

/**
 * A finding that several ledgers are told of is one event, as long as anybody holds the finding: a
 * ledger keeps all events, and a large subnet has many ledgers.
 */
export function foundEvent(finding: Finding, look: Look, ownerOf: OwnerOf): FoundEvent {
  const known = made.get(finding);
  // The window's name stands in the key.
  if (known?.ownerOf === ownerOf && known.event.key === keyOf(look)) return known.event;
  const event = eventOf(finding, look, ownerOf);
  made.set(finding, { event, ownerOf });
  return event;
}
const made = new WeakMap<Finding, { readonly event: FoundEvent; readonly ownerOf: OwnerOf }>();

function keyOf({ window: { from, name }, narrow }: Look): string {
  const begins = `${String(from).padStart(12, '0')}${narrow ? '/narrow' : ''}`;
  // Of one block the whole window comes first.
  return `found/${begins}/${name}`;
}

function eventOf(finding: Finding, look: Look, ownerOf: OwnerOf): FoundEvent {
  const { from, to, records } = look.window;
  return {
    kind: 'found',
    at: to,
    key: keyOf(look),
    from,
    narrow: look.narrow,
    size: records.length,
    validators: suspectValidators(finding, ownerOf),
    buyers: suspectBuyers(finding, ownerOf),
  };
}

function suspectValidators({ validators, rings }: Finding, ownerOf: OwnerOf): readonly Suspect[] {
  const suspects = validators
    .filter(({ score }) => score >= WATCHED)
    .map(({ validator, score, evidence }) => ({
      hotkey: validator,
      score,
      mates: matesIn(rings, (ring) => ring.validators.includes(validator)),
      why: evidence[0]?.why ?? '',
    }));
  return byOwner(suspects, ownerOf);
}

/** Whoever is to be restricted, with the validators that it rates for. */
function suspectBuyers(
  { validators, buyers, rings }: Finding,
  ownerOf: OwnerOf,
): readonly Suspect[] {
  const suspects = buyers
    .filter(({ restricted }) => restricted)
    .map((found) => ({
      hotkey: found.buyer,
      score: found.score,
      mates: [
        ...matesIn(rings, (ring) => ring.buyers.includes(found.buyer)),
        ...validators
          .filter(({ evidence }) => evidence.some((one) => one.buyers.includes(found.buyer)))
          .map(({ validator }) => validator),
      ],
      why: whyBuyer(found),
    }));
  return byOwner(suspects, ownerOf);
}

/** A score is of what it says, beside the ring's work and of it; without one it is of whom it buys from. */
const whyBuyer = ({ score, ratings, forRings }: BuyerFinding): string =>
  score >= FLAGGED
    ? `its own score is ${shown(score)}: of its ${ratings} ratings those of what a ring approved are too high for the rest`
    : `its own score is ${shown(score)}; ${forRings} of its ${ratings} ratings are for a ring`;

const shown = (score: Fraction): string => (score / ONE).toFixed(2);

const matesIn = (rings: readonly Ring[], isIn: (ring: Ring) => boolean): readonly Hotkey[] =>
  rings.filter(isIn).flatMap(({ validators }) => validators);

interface Found {
  readonly hotkey: Hotkey;
  readonly score: Fraction;
  readonly mates: readonly Hotkey[];
  readonly why: string;
}

/** A coldkey stands for the worst of its hotkeys, and none of them is a mate of another. */
function byOwner(suspects: readonly Found[], ownerOf: OwnerOf): readonly Suspect[] {
  const grouped = Map.groupBy(suspects, ({ hotkey }) => ownerOf(hotkey));
  return [...grouped]
    .map(([owner, found]) => suspectOf(owner, found, ownerOf))
    .toSorted((a, b) => (a.owner < b.owner ? -1 : 1));
}

function suspectOf(owner: Owner, found: readonly Found[], ownerOf: OwnerOf): Suspect {
  const [worst] = found.toSorted((a, b) => b.score - a.score || (a.hotkey < b.hotkey ? -1 : 1));
  const ring = new Set(found.flatMap(({ mates }) => mates.map(ownerOf)));
  ring.delete(owner);
  return {
    owner,
    hotkeys: found.map(({ hotkey }) => hotkey).toSorted(),
    score: worst?.score ?? (0 as Fraction),
    ring: [...ring].toSorted(),
    why: worst?.why ?? '',
  };
}
