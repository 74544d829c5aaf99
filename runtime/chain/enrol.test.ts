import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import { neuronOf } from '../../protocols/metagraph.ts';
import type { Role } from '../../protocols/messages.ts';
import { standingOf } from '../../protocols/rules/eligibility.ts';
import { later, seconds, tao, type Coldkey, type Rao } from '../../protocols/units.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { enrol } from './enrol.ts';
import { SharedFileChain } from './shared-file.ts';

describe('a new hotkey', () => {
  it.each<Role>(['miner', 'validator', 'pool', 'buyer'])(
    'has what a %s needs after the calls that anyone makes',
    async (role) => {
      const { chain, clock } = fresh();
      enrol(chain, { role, coldkey: COLD, hotkey: HOT }).subscribe();
      // A permit comes with the next epoch.
      await clock.run(later(START, seconds(15)));
      const { latest } = chain.view;
      if (role === 'buyer') {
        expect(neuronOf(latest, HOT)).toBeUndefined();
        expect(chain.stakeOf(HOT)).toBe(tao(50));
      } else {
        expect(standingOf(role, neuronOf(latest, HOT), latest)).toBeUndefined();
      }
    },
  );

  it('goes on from wherever it was cut short, and has in the end what it would have had', async () => {
    const ends = [];
    for (const cut of [0, 100, 250, 300, 500, 600, 750, 900]) {
      const { chain, clock } = fresh();
      const first = enrol(chain, { role: 'pool', coldkey: COLD, hotkey: HOT }).subscribe();
      await clock.run(later(START, cut as ReturnType<typeof seconds>));
      first.unsubscribe();
      // What was called takes effect whether or not anyone waits for it.
      await clock.run(later(clock.now(), seconds(1)));
      enrol(chain, { role: 'pool', coldkey: COLD, hotkey: HOT }).subscribe();
      await clock.run(later(clock.now(), seconds(2)));
      ends.push([chain.stakeOf(HOT), chain.view.latest.neurons.length, chain.balanceOf(COLD)]);
    }
    for (const end of ends) expect(end.slice(0, 2)).toEqual([tao(20), 1]);
    // Funded once: a second time would show.
    for (const [, , balance] of ends) expect(balance).toBeLessThan(tao(1_100));
  });

  it('stakes what it was told to, that a refusal may be seen', async () => {
    for (const stake of [tao(0), tao(19), tao(5_000)]) {
      const { chain, clock } = fresh();
      enrol(chain, { role: 'validator', coldkey: COLD, hotkey: HOT, stake }).subscribe();
      await clock.run(later(START, seconds(3)));
      expect(chain.stakeOf(HOT)).toBe(stake);
    }
    const { chain, clock } = fresh();
    const trouble: unknown[] = [];
    const stake = 1n as Rao;
    enrol(chain, { role: 'buyer', coldkey: COLD, hotkey: HOT, stake }).subscribe({
      error: (cause) => trouble.push(cause),
    });
    await clock.run(later(START, seconds(3)));
    expect(trouble).toMatchObject([{ fault: 'refused', message: /^StakeAmountTooLow/ }]);
  });
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-enrol-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
let files = 0;

const COLD = 'cold' as Coldkey;
const HOT = hotkeyNumber(0);

function fresh() {
  const clock = new VirtualClock(START);
  const file = join(DIRECTORY, `${files++}.sqlite`);
  return { clock, chain: new SharedFileChain({ file, clock, netuid: 343 }) };
}
