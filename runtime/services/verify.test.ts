import { describe, expect, it } from 'vitest';
import { packLeads } from '../../protocols/batch.ts';
import { addressOf, type Batch } from '../../protocols/messages.ts';
import { later, seconds, type Hotkey, type Instant } from '../../protocols/units.ts';
import { because, both, PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { verifyPort } from './verify.ts';

const START = 0 as Instant;
const [ONE, TWO] = synthetic()(randomFrom(1), { leads: 2 });
const LEADS = [
  ONE,
  { ...TWO, 'Owner(s) Email': 'someone@mailinator.com' },
  { ...TWO, Business: '' },
  ONE,
];

describe('verifyPort', () => {
  it('checks format, duplicates and throw-away providers, as late as it was told', async () => {
    expect(await verified(undefined, seconds(3))).toEqual([
      [PASS, because('disposable_domain'), because('empty_field'), because('duplicate_email')],
      later(START, seconds(3)),
    ]);
  });

  it('looks for duplicates in the whole batch, also where few leads are asked for', async () => {
    expect(await verified([3, 1])).toEqual([
      [because('duplicate_email'), because('disposable_domain')],
      START,
    ]);
    expect(await verified([])).toEqual([[], START]);
  });

  it('lets the better one of two stay', async () => {
    const bad = { ...ONE, Business: ' ' };
    expect(await verified([0, 1], undefined, [bad, ONE])).toEqual([
      [both(because('empty_field'), because('duplicate_email')), PASS],
      START,
    ]);
  });
});

/** The verdicts, and when they came. */
async function verified(
  only?: readonly number[],
  simulatedDelay = seconds(0),
  leads: readonly unknown[] = LEADS,
): Promise<unknown> {
  const clock = new VirtualClock(START);
  const bytes = packLeads(
    leads as object[],
    leads.map(() => new Uint8Array(16)),
  );
  const input = { batch: { leads: bytes } as Batch, about: '', ...(only ? { only } : {}) };
  const asker = { self: addressOf('pool', '5P' as Hotkey), by: START, random: randomFrom(1) };
  let found: unknown;
  verifyPort({ clock, simulatedDelay })(input, asker).subscribe((verdicts) => {
    expect(found).toBeUndefined();
    found = [verdicts, clock.now()];
  });
  await clock.run();
  return found;
}
