import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../protocols/messages.ts';
import { later, seconds, type Hotkey, type Instant, type QueryId } from '../../protocols/units.ts';
import type { Asker } from '../host.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { sourcePort, type LeadSource } from './source.ts';

const START = 1_000 as Instant;
const DELAY = { from: seconds(2), to: seconds(9) };

describe('sourcePort', () => {
  it('hands over what it found after a while, once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const clock = new VirtualClock(START);
        const answers: (readonly [unknown, Instant])[] = [];
        const port = sourcePort({ source: synthetic(), clock, delay: DELAY });
        port(question('q', 1), asker(seed)).subscribe((leads) =>
          answers.push([leads, clock.now()]),
        );
        expect(answers).toEqual([]);
        await clock.run();

        const [[leads, at] = [[], START]] = answers;
        expect(answers).toHaveLength(1);
        expect(leads).toHaveLength(3);
        expect(at).toBeGreaterThanOrEqual(later(START, DELAY.from));
        expect(at).toBeLessThanOrEqual(later(START, DELAY.to));
      }),
    );
  });

  it('takes every length of time that it may', async () => {
    const waits = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const clock = new VirtualClock(START);
      const delay = { from: seconds(0), to: 2 as typeof DELAY.to };
      const port = sourcePort({ source: () => [], clock, delay });
      port(question('q', 1), asker(seed)).subscribe(() => waits.add(clock.now() - START));
      await clock.run();
    }
    expect(waits).toEqual(new Set([0, 1, 2]));
  });

  it('finds for a query and attempt the same, whatever was asked before', async () => {
    const alone = await leadsOf([['b', 1]]);
    expect(
      (
        await leadsOf([
          ['a', 1],
          ['b', 1],
        ])
      ).at(-1),
    ).toEqual(alone.at(-1));
    expect((await leadsOf([['b', 2]])).at(-1)).not.toEqual(alone.at(-1));
  });

  it('does nothing for who no longer waits', async () => {
    const clock = new VirtualClock(START);
    const source: LeadSource = () => expect.fail('nobody waits');
    sourcePort({ source, clock })(question('q', 1), asker(1)).subscribe().unsubscribe();
    expect(await clock.run()).toBe('idle');
  });

  it.each<[string, LeadSource]>([
    ['throws', () => expect.fail('the list is lost')],
    ['finds too many', (random, want) => synthetic()(random, { leads: want.leads + 1 })],
  ])('answers with the error of a source that %s', async (_how, source) => {
    const clock = new VirtualClock(START);
    const errors: unknown[] = [];
    sourcePort({ source, clock })(question('q', 1), asker(1)).subscribe({
      next: () => expect.fail('no leads'),
      error: (error: unknown) => errors.push(error),
    });
    await clock.run();
    expect(errors).toEqual([expect.any(Error)]);
  });
});

async function leadsOf(asked: readonly (readonly [string, number])[]): Promise<unknown[]> {
  const clock = new VirtualClock(START);
  const port = sourcePort({ source: synthetic(), clock });
  const me = asker(5);
  const found: unknown[] = [];
  for (const [query, attempt] of asked) {
    port(question(query, attempt), me).subscribe((leads) => found.push(leads));
  }
  await clock.run();
  return found;
}

const question = (query: string, attempt: number) => ({
  query: query as QueryId,
  attempt,
  want: { leads: 3 },
});

const asker = (seed: number): Asker => ({
  self: addressOf('miner', '5M' as Hotkey),
  by: later(START, seconds(120)),
  random: randomFrom(seed),
});
