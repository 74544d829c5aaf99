/**
 * Events of penalties for tests: short hands for one of a kind, and lists of them that crowd the edges
 * of flags, restrictions and appeals.
 */
import fc from 'fast-check';
import { around } from '../arbitraries.ts';
import { points, type Fraction, type Hotkey } from '../units.ts';
import { APPEAL_BLOCKS, type Ballot } from './appeals.ts';
import { FLAGGED, WATCHED } from './collusion/finding.ts';
import { enterPenalty } from './penalty-fold.ts';
import {
  FLAG_BLOCKS,
  newPenalties,
  RESTRICTION_BLOCKS,
  type Penalties,
  type PenaltyMode,
} from './penalties.ts';
import type {
  AppealEvent,
  DecidedEvent,
  FoundEvent,
  Owner,
  PenaltyEvent,
  Suspect,
  VoteEvent,
} from './penalty-events.ts';

export const ownerNamed = (name: string): Owner => name as Owner;

/** A suspect by its name, V_c in per cent, and those it was found with. */
export const suspect = (name: string, score: number, ring: readonly string[] = []): Suspect => ({
  owner: ownerNamed(name),
  hotkeys: [`${name}1` as Hotkey],
  score: (score * 10_000) as Fraction,
  ring: ring.map(ownerNamed),
  why: `${name} was found`,
});

/** A finding at a block, over all of the blocks before it where it does not say since when. */
export const found = (
  at: number,
  {
    validators = [],
    buyers = [],
    from = 0,
    narrow = false,
    size = 1,
  }: Partial<Omit<FoundEvent, 'at' | 'kind' | 'key'>>,
): FoundEvent => ({
  kind: 'found',
  at,
  key: `found/${String(from).padStart(8, '0')}/${at}/${size}/${JSON.stringify([validators, buyers])}`,
  from,
  narrow,
  size,
  validators,
  buyers,
});

export const appeal = (at: number, name: string): AppealEvent => ({
  kind: 'appeal',
  at,
  key: `appeal/${at}/${name}`,
  owner: ownerNamed(name),
});

export const vote = (at: number, name: string, accused: string, lifts = true): VoteEvent => ({
  kind: 'vote',
  at,
  key: `vote/${at}/${name}/${accused}/${lifts}`,
  owner: ownerNamed(name),
  validator: `${name}1` as Hotkey,
  accused: ownerNamed(accused),
  lifts,
});

export const decided = (
  at: number,
  against: AppealEvent,
  lifted: boolean,
  size = 1,
): DecidedEvent => ({
  kind: 'decided',
  at,
  key: `decided/${against.key}/${size}/${lifted}`,
  appeal: against.key,
  accused: against.owner,
  size,
  decision: { lifted, voters: 3, lifting: lifted ? 3 : 0, weight: 3 },
});

export function penaltiesOf(
  events: readonly PenaltyEvent[],
  mode: PenaltyMode = 'immediate',
): Penalties {
  const penalties = newPenalties(mode);
  for (const event of events) enterPenalty(penalties, event);
  return penalties;
}

const NAMES = ['a', 'b', 'c'] as const;
const anyName = fc.constantFrom(...NAMES);
const BUYERS = ['u', 'v'] as const;

/** Blocks at which something begins, ends, or is too late by one. */
export const anyBlock: fc.Arbitrary<number> = fc.oneof(
  fc.nat({ max: 40 }),
  around(APPEAL_BLOCKS, { min: 0, max: FLAG_BLOCKS * 2 }),
  around(RESTRICTION_BLOCKS, { min: 0, max: FLAG_BLOCKS * 2 }),
  around(FLAG_BLOCKS, { min: 0, max: FLAG_BLOCKS * 2 }),
);

const anySuspects = (names: readonly string[]): fc.Arbitrary<Suspect[]> =>
  fc.uniqueArray(
    fc
      .tuple(
        fc.constantFrom(...names),
        fc.constantFrom(WATCHED - 1, WATCHED, FLAGGED - 1, FLAGGED, 1_000_000),
        fc.subarray([...NAMES]),
      )
      .map(([name, score, ring]) => ({
        ...suspect(
          name,
          0,
          ring.filter((mate) => mate !== name),
        ),
        score: score as Fraction,
      })),
    { selector: ({ owner }) => owner, maxLength: 3 },
  );

export const anyFound: fc.Arbitrary<FoundEvent> = fc
  .record({
    at: anyBlock,
    back: fc.integer({ min: 1, max: 30 }),
    narrow: fc.boolean(),
    size: fc.integer({ min: 1, max: 3 }),
    validators: anySuspects(NAMES),
    buyers: anySuspects(BUYERS),
  })
  .map(({ at, back, ...rest }) => found(at, { ...rest, from: at - back }));

/** In any order, under keys of their own. */
export const anyEvents: fc.Arbitrary<PenaltyEvent[]> = fc.uniqueArray(
  fc.oneof(
    { arbitrary: anyFound, weight: 4 },
    fc.tuple(anyBlock, anyName).map(([at, name]) => appeal(at, name)),
    fc
      .tuple(anyBlock, anyName, anyName, fc.boolean())
      .map(([at, name, accused, lifts]) => vote(at, name, accused, lifts)),
    fc
      .tuple(anyBlock, anyBlock, anyName, fc.boolean())
      .map(([at, made, name, lifted]) => decided(at, appeal(made, name), lifted)),
  ),
  { selector: ({ key }) => key, maxLength: 16 },
);

export const anyMode: fc.Arbitrary<PenaltyMode> = fc.constantFrom('immediate', 'confirm');

/** Often where the weight of a vote, or the right to one, begins. */
export const anyBallot: fc.Arbitrary<Ballot> = fc.record({
  lifts: fc.boolean(),
  precision: fc
    .constantFrom(0, 70_000, 70_001, 80_000, 80_001, 90_000, 90_001)
    .map((value) => points(value / 1_000)),
  reputation: fc.constantFrom(0, 15_000, 15_001, 200_000).map((value) => points(value / 1_000)),
});
