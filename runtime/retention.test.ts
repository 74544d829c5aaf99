import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hours, later, type Duration, type Instant } from '../protocols/units.ts';
import type { NodeRecorder } from './recorder.ts';
import { keepNoLonger, RETENTION } from './retention.ts';
import { openNodeStore } from './store/node-store.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('what is kept no longer', () => {
  it('is a lead that nobody has had a use for in thirty days, and no other', () => {
    const { store, keep, there } = opened();
    keep('old@x.com', days(-31));
    keep('new@x.com', days(-29));
    keep('sold@x.com', days(5));
    expect(store.expire(RETENTION, NOW)).toBe(false);
    expect(there()).toEqual(['new@x.com', 'sold@x.com']);
    expect(store.expire({ ...RETENTION, leads: 20 }, NOW)).toBe(false);
    expect(there()).toEqual(['sold@x.com']);
    store.close();
  });

  it('is nothing that an actor would be handed again', () => {
    const { store, keep, there } = opened();
    const { tables } = store.recorder as NodeRecorder;
    keep('old@x.com', days(-31));
    tables.run("INSERT INTO actors VALUES (1, 'pool/p')");
    tables.run("INSERT INTO journal VALUES (1, 1, x'00', x'00')");
    store.expire(RETENTION, NOW);
    expect(there()).toEqual(['old@x.com']);
    tables.run("INSERT INTO snapshots VALUES (1, 1, ?, 0, x'00', x'00', x'00')", days(-40));
    store.expire(RETENTION, NOW);
    expect(there()).toEqual([]);
    store.close();
  });

  it('goes in pieces, and what comes later goes later', async () => {
    const { store, keep, there, clock } = opened();
    for (let n = 0; n < 2_500; n++) keep(`p${n}@x.com`, days(-31));
    keep('later@x.com', days(-29));
    const cancel = keepNoLonger((now) => store.expire(RETENTION, now), clock);
    await clock.run(later(NOW, 1_500 as Duration));
    expect(there()).toHaveLength(501);
    await clock.run(later(NOW, 2_500 as Duration));
    expect(there()).toEqual(['later@x.com']);
    await clock.run(days(2));
    expect(there()).toEqual([]);
    cancel();
    store.close();
  });
});

const NOW = 1_760_000_000_000 as Instant;
const days = (count: number): Instant => later(NOW, (count * hours(24)) as Duration);

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

function opened() {
  const dir = mkdtempSync(join(tmpdir(), 'leadpoet-retention-'));
  dirs.push(dir);
  const clock = new VirtualClock(NOW);
  const store = openNodeStore(dir, { clock });
  const { leads } = store.recorder as NodeRecorder;
  return {
    store,
    clock,
    keep: (email: string, used: Instant): void => {
      leads.keepOpen({ 'Owner(s) Email': email }, used);
      leads.flush();
    },
    there: () =>
      [...leads.each()]
        .map(({ name }) => String((leads.open(name) as Record<string, string>)['Owner(s) Email']))
        .toSorted((a, b) => (a < b ? -1 : 1)),
  };
}
