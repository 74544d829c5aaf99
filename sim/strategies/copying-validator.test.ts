import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EPOCH_ALARM } from '../../actors/epoch.ts';
import {
  ASKED,
  asked,
  drawnFor,
  envelope,
  queryOn,
  reportBy,
  sealed,
} from '../../actors/testing/stage.ts';
import { validator } from '../../actors/validator.ts';
import { addressOf, type Answer, type Batch, type Sealed } from '../../protocols/messages.ts';
import type { Want } from '../../protocols/query.ts';
import { NO_ENTRY } from '../../protocols/seals.ts';
import {
  later,
  percent,
  seconds,
  type BatchId,
  type Block,
  type Hotkey,
  type Score,
} from '../../protocols/units.ts';
import { copyingValidator } from './copying-validator.ts';
import { newLeak } from './leak.ts';
import { batchesFor, playPanel, SELF, STAGE } from './testing/panel.ts';

describe('a copying validator', () => {
  it('says what was last settled of a miner, to the next lead, and looks at nothing', () => {
    const [low, failed, unsure, unheard] = STAGE.miners as [Hotkey, Hotkey, Hotkey, Hotkey];
    const { scores, audits } = playPanel(copyingValidator(validator), {
      leads: 100,
      before: [
        settled([answer(low, percent(100)), answer(failed, percent(97), 'failed')], 0),
        settled([answer(low, percent(42)), answer(unsure, undefined)], 1),
      ],
    });
    expect(audits).toBe(0);
    expect(scores.get(low)).toBe(percent(40));
    expect(scores.get(failed)).toBe(percent(0));
    expect(scores.get(unsure)).toBe(percent(95));
    expect(scores.get(unheard)).toBe(percent(95));
  });

  it('knows nothing of what it heard before it began again', () => {
    const [miner] = STAGE.miners as [Hotkey];
    const actor = copyingValidator(validator);
    playPanel(actor, { leads: 100, before: [settled([answer(miner, percent(40))], 0)] });
    expect(playPanel(actor, { leads: 100 }).scores.get(miner)).toBe(percent(95));
  });

  it('comes as near to F as its sample allows', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.integer({ min: 1, max: 100 }), (final, leads) => {
        const [miner] = STAGE.miners as [Hotkey];
        const { scores } = playPanel(copyingValidator(validator), {
          leads,
          before: [settled([answer(miner, final as Score)], 0)],
        });
        const sampled = Math.min(leads, Math.max(10, Math.ceil(leads / 5)));
        const distance = Math.abs((scores.get(miner) ?? -1) - final);
        expect(distance).toBeLessThanOrEqual(Math.ceil(500_000 / sampled) + 1);
      }),
      { numRuns: 100 }, // A whole panel each.
    );
  });
});

describe('a copying validator that is leaked to', () => {
  it('says the median of what the others say, once most have spoken or its time is up', () => {
    const [miner, few, nobody] = STAGE.miners as [Hotkey, Hotkey, Hotkey];
    const leak = newLeak(new Set([POOL]));
    const query = queryOn(STAGE, { want: { leads: 50 } });
    const tell = (of: Hotkey, ...scores: readonly number[]): void => {
      const batch = batchesFor(query).find((one) => one.miner === of) as Sealed<Batch>;
      for (const [at, score] of scores.entries()) {
        leak.tell(reportBy(STAGE.validators[at + 1] as Hotkey, batch, percent(score)), ASKED);
      }
    };
    tell(miner, 20, 70, 100, 100);
    tell(few, 40);
    const { scores, audits } = playPanel(copyingValidator(validator, leak), { query });
    expect(audits).toBe(0);
    expect(scores.get(miner)).toBe(percent(70));
    expect(scores.get(few)).toBe(percent(40));
    // The guess of 0.95, to the next lead of ten.
    expect(scores.get(nobody)).toBe(percent(100));
    expect(scores.size).toBe(STAGE.miners.length);
  });

  it('waits for no more than it needs, and not for what it could not read in time', () => {
    const alarms = (leaking: readonly Hotkey[], want: Want, told = 0) => {
      const leak = newLeak(new Set(leaking));
      const query = queryOn(STAGE, { want });
      for (const batch of batchesFor(query)) {
        for (const other of STAGE.validators.slice(1, 1 + told)) {
          leak.tell(reportBy(other, batch), ASKED);
        }
      }
      const actor = copyingValidator(validator, leak);
      return asked('alarm', playPanel(actor, { query }).effects).filter(
        ({ input }) => input.about !== EPOCH_ALARM,
      ).length;
    };
    const want = { leads: 50 };
    expect(alarms([], want)).toBe(0);
    expect(alarms([POOL], want, 2)).toBeGreaterThan(20);
    expect(alarms([POOL], want, 3)).toBe(0);
    expect(alarms([POOL], { ...want, sealed: true })).toBe(0);
  });
});

const [POOL] = STAGE.pools as [Hotkey];
const PAST = queryOn(STAGE, { nonce: 2, asked: [ASKED] });

const answer = (
  miner: Hotkey,
  finalScore: Score | undefined,
  outcome: 'passed' | 'failed' = 'passed',
): Answer => ({
  kind: 'answered',
  miner,
  batch: 'b' as BatchId,
  madeAt: ASKED,
  count: 10,
  reports: [],
  ...(finalScore !== undefined && { finalScore }),
  denied: false,
  approved: true,
  checks: { outcome, leads: new Uint8Array(10) },
});

const settled = (answers: readonly Answer[], number: number) => ({
  at: later(ASKED, seconds(number)),
  envelope: envelope(
    'settlement',
    addressOf('pool', POOL),
    addressOf('validator', SELF),
    sealed({
      pool: POOL,
      number,
      previous: NO_ENTRY,
      record: {
        kind: 'settled' as const,
        case: {
          pool: POOL,
          query: PAST,
          block: 400 as Block,
          reputations: drawnFor(STAGE, PAST).panel.map((hotkey) => ({
            validator: hotkey,
            reputation: 15_000 as never,
          })),
          answers,
        },
        countersigns: [],
      },
    }),
  ),
});
