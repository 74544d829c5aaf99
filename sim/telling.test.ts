import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, type Envelope } from '../protocols/messages.ts';
import type { Duration, Hotkey, Instant } from '../protocols/units.ts';
import type { Happening } from '../runtime/host.ts';
import { MOST_IN_BATCH, MOST_WAITING, Telling, toldOf, type ToldBatch } from './telling.ts';

describe('telling', () => {
  it('drops the oldest for a slow listener, and says how many', async () => {
    const { telling, heard, listen } = slow();
    // The first batch is under way with one record; the others wait for it.
    telling.add(record(0));
    telling.flush();
    for (let at = 1; at <= MOST_WAITING + 3; at++) telling.add(record(at));
    telling.flush();
    expect(heard).toHaveLength(1);
    await listen();
    expect(heard[1]).toMatchObject({ dropped: 3, told: { length: MOST_IN_BATCH } });
    expect(heard[1]?.told[0]?.at).toBe(4);
    await listen();
    expect(heard[2]).toMatchObject({ dropped: 0 });
  });

  it('tells everything or says what it dropped, in order, however slow the listener is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(burst, fc.constant('listen'))), async (steps) => {
        const { telling, heard, listen } = slow();
        let next = 0;
        for (const step of steps) {
          if (step === 'listen') await listen();
          else for (let n = 0; n < step; n++) telling.add(record(next++));
          telling.flush();
        }
        while (heard.reduce((sum, { told, dropped }) => sum + told.length + dropped, 0) < next) {
          await listen();
        }
        const times = heard.flatMap(({ told }) => told.map(({ at }) => Number(at)));
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
        expect(heard.every(({ told }) => told.length <= MOST_IN_BATCH)).toBe(true);
      }),
      // Each fills queues of thousands.
      { numRuns: 60 },
    );
  });

  it('tells a listener that failed nothing more', async () => {
    let calls = 0;
    const telling = new Telling(() => {
      calls++;
      return Promise.reject(new Error('no'));
    });
    for (let times = 0; times < 3; times++) {
      telling.add(record(times));
      telling.flush();
      await turn();
    }
    expect(calls).toBe(1);
  });
});

describe('what is told', () => {
  it('is names and numbers', () => {
    const batch = {
      kind: 'batch',
      from: MINER,
      to: POOL,
      sentAt: BEGAN,
      body: { count: 9, id: 'x' },
    };
    const envelope = batch as unknown as Envelope;
    expect(toldOf({ is: 'received', at: later(5), envelope }, FRAME)).toEqual({
      is: 'received',
      at: 5,
      kind: 'batch',
      from: 'miner-1',
      to: '5P',
      numbers: { count: 9 },
    });
  });

  it('is never a lead, of which only the number is told', () => {
    const leads = [{ lead: { 'Owner(s) Email': 'ann@acme.com' } }, {}];
    const delivery = { kind: 'delivery', from: POOL, to: MINER, sentAt: BEGAN, body: { leads } };
    const envelope = delivery as unknown as Envelope;
    const told = toldOf({ is: 'received', at: later(5), envelope }, FRAME);
    expect(told?.numbers).toEqual({ leads: 2 });
    expect(JSON.stringify(told)).not.toContain('@');
  });

  it('says why something was lost, also where nobody knows whose it was', () => {
    const loss = { why: 'malformed', at: later(1) } as const;
    const happening: Happening = { is: 'lost', at: later(1), loss };
    expect(toldOf(happening, FRAME)).toEqual({ is: 'lost', at: 1, to: '', why: 'malformed' });
  });

  it('says what a batch was rejected for most', () => {
    const reasons = [['bad_email', 1] as const, ['duplicate_email', 3] as const];
    const note = { note: 'batch_rejected', batch: 'b', miner: '5M', reasons } as never;
    expect(toldOf({ is: 'noted', at: later(1), actor: POOL, note }, FRAME)).toMatchObject({
      kind: 'batch_rejected',
      why: 'duplicate_email',
    });
  });
});

const BEGAN = 1_000 as Instant;
const later = (ms: number): Instant => (BEGAN + ms) as Instant;
const MINER = addressOf('miner', '5M' as Hotkey);
const POOL = addressOf('pool', '5P' as Hotkey);
const FRAME = {
  began: BEGAN,
  nameOf: (hotkey: Hotkey): string => (hotkey === '5M' ? 'miner-1' : hotkey),
};

const record = (at: number) => ({ is: 'started', at: at as Duration, to: 'miner-1' }) as const;
const burst = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.constantFrom(MOST_IN_BATCH, MOST_IN_BATCH + 1, MOST_WAITING, MOST_WAITING + 1),
);

/** A listener that is done with a batch when it is told to. */
function slow() {
  const heard: ToldBatch[] = [];
  let done: (() => void) | undefined;
  const telling = new Telling((batch) => {
    heard.push(batch);
    return new Promise((resolve) => {
      done = resolve;
    });
  });
  const listen = async (): Promise<void> => {
    done?.();
    await turn();
  };
  return { telling, heard, listen };
}
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
