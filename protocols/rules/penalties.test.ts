import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAGGED } from './collusion/finding.ts';
import {
  appeal,
  anyBlock,
  anyEvents,
  anyFound,
  anyMode,
  decided,
  found,
  ownerNamed,
  penaltiesOf,
  suspect,
} from './penalty-arbitraries.ts';
import { enterPenalty, isNews } from './penalty-fold.ts';
import {
  flagOf,
  flaggedAt,
  isVoid,
  narrowWindows,
  NO_VOIDS,
  restrictionOf,
  statusAt,
  voidsAt,
  type Penalties,
} from './penalties.ts';
import type { FoundEvent, Suspect } from './penalty-events.ts';
import type { Hotkey } from '../units.ts';

/** An epoch's first block, and what is found there. */
const S = 1_000;
const GUILTY = [suspect('a', 83, ['b']), suspect('b', 74, ['a']), suspect('c', 30)];

describe('a flag', () => {
  it('is of effect from the block after the finding, for 648 000 blocks', () => {
    const flagged = penaltiesOf([found(S, { validators: GUILTY })]);
    const statusOf = (block: number) => statusAt(flagged, ownerNamed('a'), block);
    expect([S, S + 1, S + 648_000, S + 648_001].map(statusOf)).toEqual([
      'clear',
      'flagged',
      'flagged',
      'expired',
    ]);
    expect(flagOf(flagged, ownerNamed('a'), S + 1)).toMatchObject({ score: 830_000, ring: ['b'] });
    expect(statusAt(flagged, ownerNamed('c'), S + 1)).toBe('watch');
    expect([flaggedAt(flagged, S).size, flaggedAt(flagged, S + 1).size]).toEqual([0, 2]);
  });

  it('takes 0.70, and a watch 0.25', () => {
    const suspects = [
      suspect('a', 70),
      { ...suspect('b', 0), score: (FLAGGED - 1) as typeof FLAGGED },
      suspect('c', 25),
      suspect('d', 24),
    ];
    const all = penaltiesOf([found(S, { validators: suspects })]);
    expect(['a', 'b', 'c', 'd'].map((name) => statusAt(all, ownerNamed(name), S + 1))).toEqual([
      'flagged',
      'watch',
      'watch',
      'clear',
    ]);
  });

  it('spends its evidence: a new one needs events after it', () => {
    const first = found(S, { validators: GUILTY });
    const end = S + 648_000;
    const again = (from: number) =>
      statusAt(
        penaltiesOf([first, found(end, { from, validators: GUILTY })]),
        ownerNamed('a'),
        end + 1,
      );
    expect([again(S - 1), again(S)]).toEqual(['expired', 'flagged']);
  });

  it('lasts no longer for what is found while it lasts', () => {
    const twice = penaltiesOf([
      found(S, { validators: GUILTY }),
      found(S + 400, { from: S, validators: GUILTY }),
    ]);
    expect(statusAt(twice, ownerNamed('a'), S + 648_001)).toBe('expired');
  });

  it('is over at the block at which it is overturned, and not taken up again on old evidence', () => {
    const against = appeal(S + 10, 'a');
    const end = S + 60_000;
    const lifted = penaltiesOf([
      found(S, { validators: GUILTY }),
      against,
      decided(end, against, true),
      found(end + 1, { from: S - 10, validators: GUILTY }),
    ]);
    expect(
      [end, end + 1, end + 2].map((block) => statusAt(lifted, ownerNamed('a'), block)),
    ).toEqual(['flagged', 'overturned', 'overturned']);
    expect(narrowWindows(lifted, S - 10, end + 1)).toEqual([S]);
  });
});

describe('a flag that is to be confirmed', () => {
  const first = found(S, { validators: GUILTY });
  const statusAfter = (...events: Parameters<typeof penaltiesOf>[0]) =>
    statusAt(penaltiesOf([first, ...events], 'confirm'), ownerNamed('a'), S + 801);

  it('costs nothing until the events after the first finding reach 0.70 by themselves', () => {
    expect(statusAfter()).toBe('provisional');
    expect(statusAfter(found(S + 400, { from: S - 100, validators: GUILTY }))).toBe('provisional');
    const later = { narrow: true, from: S, validators: GUILTY };
    expect(statusAfter(found(S + 400, later))).toBe('flagged');
    expect(statusAfter(found(S + 400, { ...later, validators: [suspect('a', 69)] }))).toBe(
      'provisional',
    );
    // Of another's evidence, not of its own.
    expect(statusAfter(found(S + 400, { ...later, from: S - 1 }))).toBe('provisional');
  });

  it('is of those alone whose evidence before the window is spent', () => {
    const others = found(S + 400, { narrow: true, from: S, validators: [suspect('d', 99)] });
    for (const mode of ['immediate', 'confirm'] as const) {
      expect(statusAt(penaltiesOf([first, others], mode), ownerNamed('d'), S + 801)).toBe('clear');
    }
  });

  it('comes to nothing when a whole window after it says less', () => {
    expect(statusAfter(found(S + 800, { from: S, validators: [suspect('a', 69)] }))).toBe('watch');
    expect(statusAfter(found(S + 800, { from: S }))).toBe('clear');
    expect(statusAfter(found(S + 800, { from: S, validators: GUILTY }))).toBe('flagged');
  });

  it('asks for a window of its own while it waits', () => {
    const waiting = penaltiesOf([first], 'confirm');
    expect(narrowWindows(waiting, S - 100, S + 400)).toEqual([S]);
    expect(narrowWindows(waiting, S, S + 800)).toEqual([]);
    expect(narrowWindows(penaltiesOf([first]), S - 100, S + 400)).toEqual([]);
  });
});

describe('a buyer in the evidence', () => {
  const from = S - 500;
  const ring = { from, validators: GUILTY, buyers: [suspect('u', 40, ['a', 'b'])] };
  const buyer = 'u1' as Hotkey;

  it('is restricted for 216 000 blocks', () => {
    const all = penaltiesOf([found(S, ring)]);
    const until = [S, S + 1, S + 216_000, S + 216_001].map(
      (block) => restrictionOf(all, ownerNamed('u'), block)?.until,
    );
    expect(until).toEqual([undefined, S + 216_000, S + 216_000, undefined]);
  });

  it('has its ratings of the window made void, for good', () => {
    const all = penaltiesOf([found(S, ring)]);
    const voidAt = (at: number, block = S + 400_000) => isVoid(voidsAt(all, block), { buyer, at });
    expect([from - 1, from, S - 1, S].map((at) => voidAt(at))).toEqual([false, true, true, false]);
    expect(voidAt(from, S)).toBe(false);
    expect(isVoid(voidsAt(all, S + 1), { buyer: 'w' as Hotkey, at: from })).toBe(false);
  });

  it('goes free when all of its ring does, unless its own score is 0.70', () => {
    const lift = (...names: string[]) =>
      names.flatMap((name) => {
        const against = appeal(S + 10, name);
        return [against, decided(S + 60_000, against, true)];
      });
    const isFree = (score: number, ...names: string[]) => {
      const buyers = [suspect('u', score, ['a', 'b'])];
      const all = penaltiesOf([found(S, { ...ring, buyers }), ...lift(...names)]);
      const block = S + 60_001;
      const isLifted = restrictionOf(all, ownerNamed('u'), block) === undefined;
      expect(voidsAt(all, block) === NO_VOIDS).toBe(isLifted);
      return isLifted;
    };
    expect(isFree(40, 'a')).toBe(false);
    expect(isFree(40, 'a', 'b')).toBe(true);
    expect(isFree(69, 'a', 'b')).toBe(true);
    expect(isFree(70, 'a', 'b')).toBe(false);
  });

  it('is left alone where nobody of its ring is flagged and its own score is below 0.70', () => {
    const of = (score: number) =>
      restrictionOf(
        penaltiesOf([found(S, { buyers: [suspect('u', score, ['a'])] })]),
        ownerNamed('u'),
        S + 1,
      );
    expect([of(69), of(70)?.score]).toEqual([undefined, 700_000]);
  });

  it('waits with its ring where flags are to be confirmed, and is void from the first window on', () => {
    const first = found(S, ring);
    const second = found(S + 400, { ...ring, narrow: true, from: S });
    expect(
      restrictionOf(penaltiesOf([first], 'confirm'), ownerNamed('u'), S + 401),
    ).toBeUndefined();
    const confirmed = penaltiesOf([first, second], 'confirm');
    expect(restrictionOf(confirmed, ownerNamed('u'), S + 401)).toMatchObject({ at: S + 400, from });
  });
});

describe('penalties', () => {
  it('are the same whatever the order in which their events came', () => {
    fc.assert(
      fc.property(reordered(anyEvents), anyMode, ([events, others], mode) => {
        expect(seenOf(penaltiesOf(others, mode))).toEqual(seenOf(penaltiesOf(events, mode)));
      }),
    );
  });

  it('are not moved by an event that comes again', () => {
    fc.assert(
      fc.property(anyEvents, anyMode, (events, mode) => {
        const penalties = penaltiesOf(events, mode);
        const before = seenOf(penalties);
        expect(events.some((event) => enterPenalty(penalties, event))).toBe(false);
        expect(seenOf(penalties)).toEqual(before);
      }),
    );
  });

  it('at a block do not depend on what is dated at it or later', () => {
    fc.assert(
      fc.property(anyEvents, anyMode, anyBlock, (events, mode, block) => {
        const before = events.filter(({ at }) => at < block);
        const [all, then] = [penaltiesOf(events, mode), penaltiesOf(before, mode)];
        for (const name of ['a', 'b', 'c']) {
          expect(statusAt(all, ownerNamed(name), block)).toBe(
            statusAt(then, ownerNamed(name), block),
          );
        }
        expect(voidsAt(all, block)).toEqual(voidsAt(then, block));
      }),
    );
  });

  it('never flag anyone for longer than 648 000 blocks at a time, nor twice on one event', () => {
    fc.assert(
      fc.property(anyEvents, anyMode, (events, mode) => {
        for (const { penalties } of penaltiesOf(events, mode).validators.values()) {
          for (const [index, { at, until, from }] of penalties.entries()) {
            expect(until - at).toBe(648_000);
            expect(from).toBeGreaterThanOrEqual(penalties[index - 1]?.at ?? -Infinity);
          }
        }
      }),
    );
  });

  it('never cost more in confirm than they do at once', () => {
    fc.assert(
      fc.property(fc.array(anyFound, { maxLength: 8 }), (events) => {
        const first = ['a', 'b', 'c'].filter((name) => {
          const confirmed = penaltiesOf(events, 'confirm').validators.get(ownerNamed(name));
          const atOnce = penaltiesOf(events).validators.get(ownerNamed(name));
          return (confirmed?.penalties[0]?.at ?? Infinity) < (atOnce?.penalties[0]?.at ?? Infinity);
        });
        expect(first).toEqual([]);
      }),
    );
  });

  it('are moved by no finding that is no news', () => {
    fc.assert(
      fc.property(anyEvents, anyFound, anyMode, (events, event, mode) => {
        const penalties = penaltiesOf(events, mode);
        const isLast = events.every(({ at }) => at < event.at);
        if (!isLast || isNews(penalties, event)) return;
        const before = historiesOf(penalties);
        enterPenalty(penalties, event);
        expect(historiesOf(penalties)).toEqual(before);
      }),
    );
  });

  it('are the same for who looks at some epochs twice, and keeps but the news', () => {
    fc.assert(
      fc.property(
        fc.array(anyEpoch, { maxLength: 6 }),
        fc.nat({ max: 6 }),
        anyMode,
        (epochs, late, mode) => {
          const kept = penaltiesOf([], mode);
          const keep = (event: FoundEvent): void => {
            if (isNews(kept, event)) enterPenalty(kept, event);
          };
          const first = epochs.map(([suspects], index) => epochAt(index, suspects, 1));
          const again = epochs.map(([, suspects], index) => epochAt(index, suspects, 2));
          for (const event of first) keep(event);
          for (const event of again.slice(late)) keep(event);
          const all = [...first.slice(0, late), ...again.slice(late)];
          expect(historiesOf(kept)).toEqual(historiesOf(penaltiesOf(all, mode)));
        },
      ),
    );
  });

  it('go by the finding of a window that knew more', () => {
    const less = found(S, { validators: GUILTY, size: 10 });
    const more = found(S, { size: 11 });
    expect(statusAt(penaltiesOf([less]), ownerNamed('a'), S + 1)).toBe('flagged');
    expect(statusAt(penaltiesOf([less, more]), ownerNamed('a'), S + 1)).toBe('clear');
    expect(isNews(penaltiesOf([less]), more)).toBe(true);
    expect(isNews(penaltiesOf([more]), less)).toBe(false);
  });
});

/** What was found of an epoch at first, and when more was known. */
const anySome = fc.subarray(GUILTY);
const anyEpoch = fc.tuple(anySome, anySome);

/** Windows of three epochs. */
const epochAt = (index: number, validators: Suspect[], size: number): FoundEvent =>
  found(S + 100 * index, { from: S + 100 * (index - 3), validators, size });

/** All that anyone can see of them. */
const seenOf = (penalties: Penalties) => ({
  ...historiesOf(penalties),
  refused: penalties.refused,
});
const historiesOf = ({ validators, buyers }: Penalties) => ({
  validators: plain(validators),
  buyers: plain(buyers),
});
const plain = (histories: Penalties['validators']) =>
  [...histories]
    .filter(([, { watches, suspicions, penalties }]) =>
      [watches, suspicions, penalties].some(({ length }) => length > 0),
    )
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

const reordered = <T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> =>
  lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
