import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import { inOrder } from '../../protocols/lead.ts';
import { hotkeyOf } from '../../protocols/messages.ts';
import { newLedger, type Ledger } from '../../protocols/ledger.ts';
import { found, suspect } from '../../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../../protocols/rules/penalty-fold.ts';
import {
  BLOCKS_PER_DAY,
  invariant,
  minutes,
  seconds,
  type Hotkey,
  type Instant,
} from '../../protocols/units.ts';
import { demoMiners, demoSubnet } from '../cli/demo-subnet.ts';
import type { Happening } from '../host.ts';
import { Observer } from '../observe.ts';
import { openWorkers, type Workers } from '../services/workers.ts';
import type { Subnet } from '../subnet.ts';
import { runUntilDone, VirtualClock } from '../virtual-clock.ts';
import { Observed, type ObservedOptions } from './observed.ts';
import { subnetView } from './subnet-view.ts';

describe('what a dashboard sees of a subnet', () => {
  it('is the walk of a query from the question to the settlement', () => {
    const [walk] = walksIn(whole);
    expect(walk).toMatchObject({
      buyer: 'buyer-1',
      leads: 10,
      pool: 'pool-1',
      attempt: 1,
      outcome: 'complete',
      delivered: 10,
      rating: 9,
    });
    expect(walk?.settled?.countersigns).toBeGreaterThanOrEqual(2);
    expect(walk?.lanes.map(({ miner }) => miner).toSorted()).toEqual(
      [1, 2, 3, 4].map((n) => `miner-${n}`),
    );
    const road = answer.attempts[0]?.road ?? [];
    for (const step of road) {
      const lane = walk?.lanes.find(({ miner }) => miner === subnet.nameOf(step.miner));
      expect(lane).toMatchObject({
        outcome: step.outcome,
        count: step.count,
        finalScore: step.finalScore,
        chosen: step.batch === answer.chosen,
      });
      const scores = lane?.reports.map(({ score }) => score);
      expect(scores).toHaveLength(step.reports.length);
      expect(scores).toEqual(expect.arrayContaining(step.reports.map(({ score }) => score)));
      // Asked, then answered, then judged: in the order in which it went.
      expect(lane?.askedAt ?? NaN).toBeLessThan(lane?.batchAt ?? NaN);
      for (const { at } of lane?.reports ?? [])
        expect(at ?? NaN).toBeGreaterThan(lane?.batchAt ?? NaN);
    }
  });

  it('is the pool, everyone’s standing and who talks', () => {
    expect(whole['pool']).toMatchObject([{ name: 'pool-1', total: 30 }]);
    expect(whole['standing']).toMatchObject({
      validators: [{ r: expect.any(Number) }, {}, {}],
      miners: [{}, {}, {}, {}],
    });
    expect(whole['flags']).toEqual([]);
    const { rows } = whole['peers'] as { readonly rows: readonly { readonly said: number }[] };
    expect(rows).toHaveLength(9);
    // What is seen as it is sent and as it is received was said once.
    const messages = happened.filter(({ is }) => is === 'received');
    expect(rows.reduce((sum, { said }) => sum + said, 0)).toBe(messages.length);
    const lines = whole['lines'] as readonly { readonly text: string }[];
    expect(lines.map(({ text }) => text)).toContain('pool-1 delivers 10 leads to buyer-1');
  });

  it('is what was known last, once whoever knew it has ended with the run, looked at before or not', () => {
    for (const isLookedAt of [true, false]) {
      const observer = new Observer();
      let known: Ledger | undefined = newLedger({ day: BLOCKS_PER_DAY });
      enterPenalty(known.penalties, found(1, { validators: [suspect('v', 90)] }));
      let wall = 0;
      const observed = new Observed({
        ...VIEW,
        ...subnetView(subnet, () => known && { ledger: known }),
        observer,
        wall: () => wall++ * 1_000,
      });
      if (isLookedAt) expect(pictureOf(observed)['flags']).toHaveLength(1);
      // As each epoch brings it.
      const ask = { ask: 'setWeights', input: {}, by: 0 };
      observer.tell({ is: 'asked', at: 0, actor: 'validator/v', ask } as unknown as Happening);
      known = undefined;
      observer.tell({ is: 'stopped', at: 0, actor: 'validator/v' } as unknown as Happening);
      const after = pictureOf(observed);
      expect(after['flags']).toHaveLength(1);
      expect(after['standing']).toMatchObject({ validators: [{}, {}, {}] });
    }
  });

  it('has no lead in it', () => {
    const text = JSON.stringify(whole);
    expect(answer.leads).toHaveLength(10);
    for (const { lead } of answer.leads) {
      // Industry and region are what queries and stocks are counted by; a first name is short.
      const { Industry: _, Region: __, First: ___, Last: ____, ...told } = inOrder(lead);
      for (const value of Object.values(told)) expect(text).not.toContain(value);
    }
  });

  it('is bounded, however long it goes on', () => {
    const { size, walks } = sizes;
    expect(walks).toBeLessThanOrEqual(48);
    expect(size).toBeLessThan(300_000);
  });
});

describe('what a dashboard sees of a node', () => {
  it('is told by the node’s own messages alone, and counts each once', () => {
    const own = new Observer();
    const miner = subnet.nodes.find(({ plan }) => plan.name === 'miner-1');
    const seen = new Observed({
      ...VIEW,
      observer: own,
      isHere: (hotkey) => hotkey === miner?.hotkey,
      knows: () => undefined,
    });
    for (const happening of happened) {
      const isOwn =
        (happening.is === 'received' && hotkeyOf(happening.envelope.to) === miner?.hotkey) ||
        (happening.is === 'sent' && hotkeyOf(happening.envelope.from) === miner?.hotkey);
      if (isOwn) own.tell(happening);
    }
    const picture = pictureOf(seen);
    const [walk] = walksIn(picture);
    expect(walk?.lanes).toMatchObject([{ count: 10 }]);
    const { rows } = picture['peers'] as { rows: { name: string; said: number; told: number }[] };
    const [self, others] = [
      rows.find(({ name }) => name === miner?.hotkey),
      rows.filter(({ name }) => name !== miner?.hotkey),
    ];
    const sum = (of: 'said' | 'told') => others.reduce((total, row) => total + row[of], 0);
    expect(self).toMatchObject({ said: sum('told'), told: sum('said') });
    expect(picture['standing']).toBeUndefined();
  });
});

type Parts = Readonly<Record<string, unknown>>;
interface SeenWalk {
  readonly settled: { readonly countersigns: number } | null;
  readonly lanes: readonly {
    readonly miner: string;
    readonly askedAt: number | null;
    readonly batchAt: number | null;
    readonly reports: readonly { readonly at: number | null; readonly score: number | null }[];
  }[];
}

const validatorIn = ({ nodes }: Subnet): Hotkey => {
  const one = nodes.find(({ plan }) => plan.role === 'validator');
  invariant(one !== undefined, 'there are three');
  return one.hotkey;
};

let workers: Workers;
let subnet: Subnet;
let answer: QueryAnswer;
let whole: Parts;
let sizes: { readonly size: number; readonly walks: number };
const happened: Parameters<Parameters<Observer['listen']>[0]>[0][] = [];

const VIEW: ObservedOptions = {
  about: { is: 'node', title: 'miner', subtitle: '', controls: false },
  observer: new Observer(),
  nameOf: (hotkey) => hotkey,
  isHere: () => true,
  knows: () => undefined,
  moment: () => ({ now: 0 as Instant }),
  wall: () => 0,
};

/** One query with all that comes of it; then many more. */
beforeAll(async () => {
  const options = { queryLeads: 10, seed: 1, queryEvery: 0, watch: true } as const;
  const clock = new VirtualClock(1_790_000_000_000 as Instant);
  workers = openWorkers();
  subnet = demoSubnet(clock, options, await demoMiners(options, () => undefined), { workers });
  await runUntilDone(clock, subnet.start());
  let wall = 0;
  const observed = new Observed({
    ...VIEW,
    ...subnetView(subnet, () => subnet.validatorAt(validatorIn(subnet))?.state),
    moment: () => ({ now: clock.now() }),
    wall: () => wall++ * 1_000,
  });
  const silence = subnet.observer.listen((happening) => happened.push(happening));
  const got = await runUntilDone(clock, subnet.ask({ leads: 10 }));
  if (got === undefined) throw new Error('a query ended without an answer');
  answer = got;
  await clock.run((clock.now() + minutes(1)) as Instant);
  subnet.rate(answer.query, 9);
  await clock.run((clock.now() + seconds(5)) as Instant);
  whole = pictureOf(observed);
  silence();
  for (let n = 0; n < 60; n++) await runUntilDone(clock, subnet.ask({ leads: 10 }));
  const after = pictureOf(observed);
  sizes = { size: JSON.stringify(after).length, walks: walksIn(after).length };
  subnet.stop();
});
afterAll(() => workers.close());

function pictureOf(observed: Observed): Parts {
  const { parts } = observed.look(0);
  return Object.fromEntries(parts.map(([name, json]) => [name, JSON.parse(json) as unknown]));
}

const walksIn = (picture: Parts): readonly SeenWalk[] =>
  Object.entries(picture)
    .filter(([name]) => name.startsWith('walk/'))
    .map(([, walk]) => walk as SeenWalk);
