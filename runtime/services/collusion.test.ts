import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { NOTHING_FOUND } from '../../actors/testing/stage.ts';
import { windowOf, type Window } from '../../protocols/evidence.ts';
import { batch, ledgerOf } from '../../protocols/ledger-arbitraries.ts';
import type { CollusionEvents } from '../../protocols/rules/collusion/events.ts';
import { minutes } from '../../protocols/units.ts';
import type { Asker } from '../host.ts';
import { collusionPort } from './collusion.ts';
import { collusion } from './collusion.worker.ts';
import { openWorkers } from './workers.ts';

describe('the collusion service', () => {
  it('evaluates a window once, however many ask', async () => {
    const asked: CollusionEvents[] = [];
    const port = collusionPort({
      evaluate: (events) => {
        asked.push(events);
        return NOTHING_FOUND;
      },
    });
    const ask = (length: number) =>
      firstValueFrom(port({ window: windowUpTo(length), narrow: false }, NOBODY));
    expect(await Promise.all([ask(3), ask(3), ask(4)])).toEqual(
      Array.from({ length: 3 }, () => NOTHING_FOUND),
    );
    expect(asked.map(({ scores }) => scores.length)).toEqual([9, 12]);
  });

  it('says the same in a thread as in line', async () => {
    const workers = openWorkers({ threads: 1, taskTime: minutes(10) });
    let holds = 0;
    const hold = () => {
      holds++;
      return () => void holds--;
    };
    const pooled = collusionPort({ evaluate: collusion, workers, hold });
    const inLine = collusionPort({ evaluate: collusion });
    const question = { window: windowUpTo(9), narrow: false };
    const answers = [pooled, pooled, inLine].map((port) => firstValueFrom(port(question, NOBODY)));
    expect(holds).toBe(1);
    const [first, second, third] = await Promise.all(answers);
    expect([first, second]).toEqual([third, third]);
    expect(holds).toBe(0);
    await workers.close();
  });

  it('is not to be had where the thread breaks off, and may be asked again', async () => {
    let times = 0;
    const workers = {
      collusion: () =>
        times++ === 0 ? Promise.reject(new Error('gone')) : Promise.resolve(NOTHING_FOUND),
    };
    const port = collusionPort({ evaluate: collusion, workers });
    const ask = () => firstValueFrom(port({ window: windowUpTo(3), narrow: false }, NOBODY));
    await expect(ask()).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await ask()).toEqual(NOTHING_FOUND);
  });
});

const NOBODY = {} as Asker;
const RECORDS = Array.from({ length: 9 }, (_, at) =>
  batch({ at, batch: `b${at}`, opinions: { a: 95, b: 90, c: 40 + at } }),
);
const windowUpTo = (length: number): Window =>
  windowOf(ledgerOf(RECORDS.slice(0, length)), { from: 0, to: 100, epoch: 100 });
