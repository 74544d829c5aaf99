import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batch } from '../protocols/ledger-arbitraries.ts';
import { enter, standingAt } from '../protocols/ledger.ts';
import { ownersIn } from '../protocols/metagraph.ts';
import { addressOf } from '../protocols/messages.ts';
import { appeal, found as finding, suspect, vote } from '../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../protocols/rules/penalty-fold.ts';
import { statusAt } from '../protocols/rules/penalties.ts';
import type { Finding } from '../protocols/rules/collusion/finding.ts';
import type { Owner } from '../protocols/rules/penalty-events.ts';
import { later, minutes, seconds, type Fraction, type Hotkey } from '../protocols/units.ts';
import type { Context, Effect } from './actor.ts';
import { asked, contextOf, failed, found, NOTHING_FOUND, stageOf, START } from './testing/stage.ts';
import {
  COLLUSION_ALARM,
  COLLUSION_RULES,
  epochAfter,
  look,
  lookLater,
  newWatching,
  noteRecordAt,
  takeFinding,
  type CollusionRules,
  type Watching,
} from './watching.ts';

describe('looking for collusion', () => {
  it('begins five minutes after an epoch has turned, at the last 32 epochs', () => {
    const watching = watchingWith(SCORED);
    const rings = lookLater(watching, at(S));
    expect(rings).toEqual([
      { ask: 'alarm', input: { about: COLLUSION_ALARM }, by: later(at(S).now, minutes(5)) },
    ]);
    expect(lookLater(watching, at(S))).toEqual([]);

    const [question] = asked('collusion', look(watching, at(S + 25)));
    expect(question?.input).toMatchObject({
      narrow: false,
      window: { from: 0, to: S, epoch: 360 },
    });
    expect(question?.input.window.records).toHaveLength(1);
    expect(asked('collusion', look(watching, at(S + 26)))).toEqual([]);
  });

  it('waits until what is under way has come', () => {
    const watching = watchingWith(SCORED);
    expect(asked('collusion', look(watching, at(S + 19)))).toEqual([]);
    expect(asked('collusion', look(watching, at(S + 20)))).toHaveLength(1);
  });

  it('asks for nothing where nobody scored', () => {
    const watching = watchingWith([]);
    expect(look(watching, at(S + 25))).toEqual([]);
    expect(lookLater(watching, at(S + 25))).toEqual([]);
  });

  it('flags by what was found from the block after the epoch’s first on', () => {
    const watching = watchingWith(SCORED);
    answer(watching, look(watching, at(S + 25)), at(S + 25), GUILTY);
    const { ledger } = watching;
    const of = (block: number) => statusAt(ledger.penalties, A as string as Owner, block);
    expect([of(S), of(S + 1)]).toEqual(['clear', 'flagged']);
    const standing = standingAt(ledger, S + 360, ownersIn(at(S).chain.latest));
    expect(standing.validators.get(A)).toMatchObject({ flagged: true, reputation: 0 });
    expect(lookLater(watching, at(S + 30))).toEqual([]);
  });

  it('is done again where a record of before comes late, and the fuller finding counts', () => {
    const watching = watchingWith(SCORED);
    answer(watching, look(watching, at(S + 25)), at(S + 25), GUILTY);
    enterScored(watching, S - 1);
    expect(asked('alarm', lookLater(watching, at(S + 30)))).toHaveLength(1);
    answer(watching, look(watching, at(S + 55)), at(S + 55), NOTHING_FOUND);
    expect(statusAt(watching.ledger.penalties, A as string as Owner, S + 1)).toBe('clear');
    enterScored(watching, S);
    expect(lookLater(watching, at(S + 60))).toEqual([]);
  });

  it('leaves a finding alone that a late record has overtaken', () => {
    const watching = watchingWith(SCORED);
    const effects = look(watching, at(S + 25));
    enterScored(watching, S - 1);
    answer(watching, effects, at(S + 25), GUILTY);
    expect(statusAt(watching.ledger.penalties, A as string as Owner, S + 1)).toBe('clear');
    expect(asked('alarm', lookLater(watching, at(S + 30)))).toHaveLength(1);
    // Nor does it stand for the one that is asked for then.
    look(watching, at(S + 55));
    answer(watching, effects, at(S + 56), GUILTY);
    expect(statusAt(watching.ledger.penalties, A as string as Owner, S + 1)).toBe('clear');
  });

  it('is tried again where nobody could tell', () => {
    const watching = watchingWith(SCORED);
    const [question] = asked('collusion', look(watching, at(S + 25)));
    const input = question?.input as never;
    const reply = { service: 'collusion', input, outcome: failed('timeout') } as const;
    expect(asked('alarm', takeFinding(watching, reply, at(S + 40)))).toHaveLength(1);
    expect(asked('collusion', look(watching, at(S + 65)))).toHaveLength(1);
  });

  it('goes through all epochs since the first record, for who begins anew', () => {
    const late = at(10 * 360 + 25);
    const watching = newWatching(late.chain, COLLUSION_RULES);
    for (const block of [400, 900]) enterScored(watching, block);
    const looks: number[] = [];
    let effects = look(watching, late);
    for (
      let [one] = asked('collusion', effects);
      one !== undefined;
      [one] = asked('collusion', effects)
    ) {
      looks.push(one.input.window.to / 360);
      effects = answer(watching, effects, late, NOTHING_FOUND);
    }
    expect(looks).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('looks at the events after a suspicion by themselves, where flags are to be confirmed', () => {
    const watching = watchingWith(SCORED, { mode: 'confirm', epochs: 32 });
    const T = S + 360;
    answer(watching, look(watching, at(S + 25)), at(S + 25), GUILTY);
    enterScored(watching, S + 10);
    const first = look(watching, at(T + 25));
    const second = answer(watching, first, at(T + 25), GUILTY);
    const spans = [first, second].flatMap((effects) =>
      asked('collusion', effects).map(({ input: { narrow, window } }) => [window.from, narrow]),
    );
    expect(spans).toEqual([
      [0, false],
      [S, true],
    ]);
    const of = (block: number) => statusAt(watching.ledger.penalties, A as string as Owner, block);
    expect([of(T), of(T + 1)]).toEqual(['provisional', 'provisional']);
    answer(watching, second, at(T + 25), GUILTY);
    expect([of(T), of(T + 1)]).toEqual(['provisional', 'flagged']);
  });

  it('counts the votes of an appeal at the first epoch after its seven days, and not before', () => {
    const opened = S + 100;
    const end = Math.ceil((opened + 50_401) / 360) * 360;
    const watching = watchingWith(CLIMBED);
    const { penalties } = watching.ledger;
    enterPenalty(penalties, finding(S, { from: 1, validators: [suspect(A, 90)] }));
    enterPenalty(penalties, appeal(opened, A));
    for (const voter of [B, C, D]) {
      enterPenalty(penalties, { ...vote(opened + 9, voter, A), validator: voter });
    }
    const of = (block: number) => statusAt(penalties, A as string as Owner, block);
    lookUntil(watching, end - 360);
    expect(of(end + 1)).toBe('flagged');
    lookUntil(watching, end);
    expect([of(end), of(end + 1)]).toEqual(['flagged', 'overturned']);
  });
});

describe('epochAfter', () => {
  it('is the first to begin after a block, of those that have begun', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4_000 }), fc.nat({ max: 4_000 }), (block, head) => {
        const { chain } = at(head);
        const next = Math.floor(block / 360 + 1) * 360;
        expect(epochAfter(block, chain.latest)).toBe(next <= head ? next : undefined);
      }),
    );
  });
});

const STAGE = stageOf({ validators: 5 });
const [A, B, C, D] = STAGE.validators as [Hotkey, Hotkey, Hotkey, Hotkey];
/** An epoch's first block. */
const S = 1_080;

const at = (block: number): Context =>
  contextOf(STAGE, addressOf('validator', A), later(START, seconds(12 * block)));

const scored = (block: number) => batch({ at: block, opinions: { [A]: 95, [B]: 95 } });
const SCORED = [scored(700)];
/** Everybody agreed so often that all have a say. */
const CLIMBED = Array.from({ length: 6 }, (_, index) =>
  batch({ at: 700 + index, opinions: { [A]: 95, [B]: 95, [C]: 95, [D]: 95 } }),
);

function watchingWith(
  records: readonly Parameters<typeof enter>[1][],
  rules: CollusionRules = COLLUSION_RULES,
): Watching {
  const watching = newWatching(at(S - 1).chain, rules);
  for (const record of records) enter(watching.ledger, record);
  return watching;
}

function enterScored(watching: Watching, block: number): void {
  enter(watching.ledger, scored(block));
  noteRecordAt(watching, block);
}

const GUILTY: Finding = {
  ...NOTHING_FOUND,
  validators: [
    {
      validator: A,
      score: 830_000 as Fraction,
      components: { favour: 830_000 as Fraction, copy: 0 as Fraction },
      evidence: [],
    },
  ],
};

/** What comes of it when the question among these effects is answered so. */
function answer(
  watching: Watching,
  effects: readonly Effect[],
  context: Context,
  value: Finding,
): readonly Effect[] {
  const [question] = asked('collusion', effects);
  if (question === undefined) throw new Error('nothing was asked');
  const { input } = question;
  return takeFinding(watching, { service: 'collusion', input, outcome: found(value) }, context);
}

function lookUntil(watching: Watching, block: number): void {
  const context = at(block + 25);
  let effects = look(watching, context);
  while (asked('collusion', effects).length > 0) {
    effects = answer(watching, effects, context, NOTHING_FOUND);
  }
}
