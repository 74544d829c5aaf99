import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import { START } from '../../protocols/arbitraries.ts';
import type { Happening } from '../host.ts';
import { openWorkers } from '../services/workers.ts';
import { runUntilDone, VirtualClock } from '../virtual-clock.ts';
import { demoMiners, demoSubnet } from './demo-subnet.ts';

describe('the subnet of the demo', () => {
  // Who asks late is past those that had the lead before: the next one has to keep it back.
  it.each<[string, (happening: Happening) => boolean, object]>([
    ['the miners', ({ is }) => is === 'started', { told: true, leads: 0 }],
    [
      'the pool',
      (one) => one.is === 'received' && one.envelope.kind === 'report',
      { leads: 0, byPool: true, byBuyer: 0 },
    ],
    [
      'the buyer',
      (one) => one.is === 'sent' && one.envelope.kind === 'delivery',
      { told: false, leads: 0, byPool: false, byBuyer: 10 },
    ],
  ])('is kept by %s from handing on who asked not to be contacted', async (_, isWhen, ended) => {
    const { answer, told } = await askedSince(isWhen);
    const { byPool, byBuyer } = answer.suppressed;
    const leads = answer.leads.length;
    expect({ told: told > 0, leads, byPool: byPool > 0, byBuyer }).toMatchObject(ended);
  });
});

/** What a query brings where everybody asks not to be contacted as soon as something happens. */
async function askedSince(
  isWhen: (happening: Happening) => boolean,
): Promise<{ readonly answer: QueryAnswer; readonly told: number }> {
  const options = { queryLeads: 10, seed: 1, queryEvery: 0 };
  const clock = new VirtualClock(START);
  const workers = openWorkers();
  let isAsked = false;
  let told = 0;
  const suppressing = {
    isSuppressed: () => isAsked,
    tell: (count: number) => void (told += count),
  };
  const miners = await demoMiners(options, () => undefined);
  const subnet = demoSubnet(clock, options, miners, { workers, suppressing });
  subnet.observer.listen((happening) => void (isAsked ||= isWhen(happening)));
  await runUntilDone(clock, subnet.start());
  const answer = await runUntilDone(clock, subnet.ask({ leads: 10 }));
  await workers.close();
  if (answer === undefined) throw new Error('a query ended without an answer');
  return { answer, told };
}
