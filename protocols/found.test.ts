import { describe, expect, it } from 'vitest';
import { foundEvent } from './found.ts';
import type { Finding, ValidatorFinding } from './rules/collusion/finding.ts';
import type { Owner } from './rules/penalty-events.ts';
import type { Digest, Fraction, Hotkey } from './units.ts';

describe('a finding as an event', () => {
  it('names coldkeys: the worst of their hotkeys, and those of their rings', () => {
    expect(
      event({ validators: [validator('a1', 40), validator('a2', 83), validator('b1', 72)] }),
    ).toMatchObject({
      kind: 'found',
      at: 500,
      from: 100,
      size: 3,
      validators: [
        { owner: 'a', hotkeys: ['a1', 'a2'], score: 830_000, ring: ['b'], why: 'a2 was seen' },
        { owner: 'b', hotkeys: ['b1'], score: 720_000, ring: ['a'] },
      ],
      buyers: [],
    });
  });

  it('leaves out whom it is not worth to watch, and buyers who are not to be restricted', () => {
    const { validators, buyers } = event({
      validators: [validator('a1', 24.9999), validator('b1', 25)],
      buyers: [buyer('u1', 65, false), buyer('w1', 30, true)],
    });
    expect(validators.map(({ owner }) => owner)).toEqual(['b']);
    expect(buyers).toMatchObject([
      {
        owner: 'w',
        score: 300_000,
        why: 'its own score is 0.30; 3 of its 4 ratings are for a ring',
      },
    ]);
  });

  it('says of a buyer whether it is what it says, or whom it buys from', () => {
    const whyAt = (score: number) => event({ buyers: [buyer('w1', score, true)] }).buyers[0]?.why;
    expect(whyAt(70)).toMatch(
      /^its own score is 0\.70: of its 4 ratings those of what a ring approved/,
    );
    expect(whyAt(69)).toMatch(/3 of its 4 ratings are for a ring$/);
  });

  it("ties a buyer to its ring's validators, and to those whose evidence names it", () => {
    const named = { ...validator('c1', 90), evidence: [evidence('c1', ['w1'])] };
    const { buyers } = event({ validators: [named], buyers: [buyer('w1', 30, true)] });
    expect(buyers[0]?.ring).toEqual(['a', 'b', 'c']);
  });

  it('has one name for each window, the whole one first', () => {
    const whole = event({}).key;
    const part = event({}, { narrow: true }).key;
    const later = event({}, { from: 101, narrow: true }).key;
    expect([later, part, whole].toSorted()).toEqual([whole, part, later]);
  });

  it('is one for all who are told of it, but not for another window or other owners', () => {
    const finding = findingOf({ validators: [validator('a1', 83)] });
    const [first, again] = [
      foundEvent(finding, look(), byLetter),
      foundEvent(finding, look(), byLetter),
    ];
    expect(again).toBe(first);
    expect(foundEvent(finding, look({ narrow: true }), byLetter).narrow).toBe(true);
    const itself = (hotkey: Hotkey) => hotkey as string as Owner;
    expect(foundEvent(finding, look(), itself).validators).toMatchObject([{ owner: 'a1' }]);
    expect(foundEvent(finding, look(), byLetter)).toEqual(first);
  });
});

const event = (finding: Partial<Finding>, of = {}) =>
  foundEvent(findingOf(finding), look(of), byLetter);

const findingOf = (finding: Partial<Finding>): Finding => ({
  sufficient: true,
  validators: [],
  buyers: [],
  rings: [{ validators: ['a2', 'b1'] as Hotkey[], miners: [], buyers: ['w1' as Hotkey] }],
  ...finding,
});

const look = ({ from = 100, narrow = false } = {}) => ({
  window: { from, to: 500, name: 'f00d' as Digest, records: [1, 2, 3] as never },
  narrow,
});

const byLetter = (hotkey: Hotkey) => hotkey.charAt(0) as Owner;

const evidence = (name: string, buyers: readonly string[] = []) => ({
  channel: 'favour' as const,
  with: [],
  miners: [],
  buyers: buyers as Hotkey[],
  batches: [],
  why: `${name} was seen`,
});

const validator = (name: string, score: number): ValidatorFinding => ({
  validator: name as Hotkey,
  score: (score * 10_000) as Fraction,
  components: { favour: 0 as Fraction, copy: 0 as Fraction },
  evidence: [evidence(name)],
});

const buyer = (name: string, score: number, restricted: boolean) => ({
  buyer: name as Hotkey,
  score: (score * 10_000) as Fraction,
  ratings: 4,
  forRings: 3,
  restricted,
});
