import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, Instant } from '../protocols/units.ts';
import { later, seconds } from '../protocols/units.ts';
import { EPOCH_ALARM, newEpoch, watchEpoch } from './epoch.ts';
import { BLOCK_TIME, stageOf, START } from './testing/stage.ts';

describe('watchEpoch', () => {
  it('looks again when the epoch should be over', () => {
    const now = later(START, seconds(12 * 350));

    expect(watchEpoch(STAGE.viewAt(now), now)).toEqual({
      ask: 'alarm',
      input: { about: EPOCH_ALARM },
      by: later(now, seconds(12 * 10)),
    });
  });

  it('looks again a block later where the epoch is late', () => {
    fc.assert(
      fc.property(fc.nat({ max: 50 }), (late) => {
        const view = STAGE.viewAt(START);
        const { latest } = view;
        const head = { ...latest.head, number: (latest.tempo + late) as Block };

        const look = watchEpoch({ ...view, latest: { ...latest, head } }, START);

        expect(look).toMatchObject({ by: later(START, BLOCK_TIME) });
      }),
    );
  });

  it('meets every turn of the epoch once, whenever it began to look', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 * 360 * 12_000 }), (wait) => {
        let now = (START + wait) as Instant;
        let last = STAGE.viewAt(now).latest.epochStart;
        const turns: Block[] = [];
        for (let looks = 0; looks < 4; looks++) {
          const look = watchEpoch(STAGE.viewAt(now), now);
          now = 'by' in look ? look.by : now;
          const epoch = newEpoch(STAGE.viewAt(now), last);
          if (epoch === undefined) continue;
          turns.push(epoch);
          last = epoch;
        }

        const [first = 0] = turns;
        expect(turns).toEqual([0, 1, 2, 3].map((count) => first + 360 * count));
      }),
    );
  });
});

const STAGE = stageOf({});
