import fc from 'fast-check';
import { firstValueFrom, type Subscription } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Services } from '../../actors/actor.ts';
import { packLeads } from '../../protocols/batch.ts';
import { addressOf, type Batch } from '../../protocols/messages.ts';
import type { Want } from '../../protocols/query.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import {
  minutes,
  type Block,
  type Fraction,
  type Hotkey,
  type Instant,
} from '../../protocols/units.ts';
import type { Verdict } from '../../protocols/verdict.ts';
import { ServiceFault, type Asker } from '../host.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import type { AuditCosts } from './audit-costs.ts';
import { auditPort } from './audit.ts';
import { audit } from './audit.worker.ts';
import { openWorkers, type Audited, type Workers } from './workers.ts';

describe('auditPort in line', () => {
  it('answers at once, with what the rule says of every batch', () => {
    fc.assert(
      fc.property(batch, (input) => {
        const answers: unknown[] = [];
        auditPort()(input.asked, ASKER).subscribe({
          next: (verdicts) => answers.push(verdicts),
          complete: () => answers.push('end'),
        });
        expect(answers).toEqual([expectedOf(input), 'end']);
      }),
      { numRuns: 300 }, // Each run makes up to 100 leads.
    );
  });

  it('finds nothing in bytes that are no leads', async () => {
    const broken = asked(Uint8Array.of(1, 2, 3), { leads: 1 }, [0]);
    expect(await firstValueFrom(auditPort()(broken, ASKER))).toEqual([]);
  });
});

describe('auditPort with workers', () => {
  let workers: Workers;
  beforeAll(async () => {
    workers = openWorkers({ threads: 2, taskTime: minutes(10) });
    await workers.warm();
  });
  afterAll(() => workers.close());

  it('agrees with the rule on every batch, however many there are', async () => {
    let pooled = 0;
    const counting: Workers = {
      ...workers,
      audit: (batches) => {
        pooled += batches.length;
        return workers.audit(batches);
      },
    };
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 60 }), async (inputs) => {
        const port = auditPort({ workers: counting, costs: ALL_POOLED });
        const found = await Promise.all(
          inputs.map(({ asked: input }) => firstValueFrom(port(input, ASKER))),
        );
        expect(found).toEqual(inputs.map(expectedOf));
      }),
      { numRuns: 20 }, // Real threads, and up to 6 000 leads a run.
    );
    expect(pooled).toBeGreaterThan(0);
  });

  it('groups what comes in one turn, and does small groups in line', async () => {
    const { port, tasks } = scripted();
    const small = firstValueFrom(port(ONE.asked, ASKER));
    expect(await small).toEqual(expectedOf(ONE));
    expect(tasks).toEqual([]);

    await Promise.all(MANY.map(({ asked: input }) => firstValueFrom(port(input, ASKER))));
    expect(tasks.length).toBeGreaterThanOrEqual(2);
    expect(tasks.reduce((sum, size) => sum + size, 0)).toBe(MANY.length);
  });

  it('does all in line while no thread is up, and starts them once that has cost enough', async () => {
    const { port, tasks, warmed } = scripted({ isWarm: () => false });
    const turn = (): Promise<unknown> =>
      Promise.all(MANY.map(({ asked: input }) => firstValueFrom(port(input, ASKER))));
    await turn();
    expect([tasks, warmed()]).toEqual([[], 0]);
    for (let round = 0; round < 1_000 && warmed() === 0; round++) await turn();
    expect([tasks, warmed()]).toEqual([[], 1]);
  });

  it('does in line what a full pool would refuse', async () => {
    const { port, tasks } = scripted({ room: () => 1 });
    await Promise.all(MANY.map(({ asked: input }) => firstValueFrom(port(input, ASKER))));
    expect(tasks).toEqual([]);
  });

  it('is unavailable where its task broke off, and only there', async () => {
    let calls = 0;
    const { port } = scripted({
      audit: (batches) =>
        calls++ === 0 ? Promise.reject(new Error('out of memory')) : Promise.resolve(work(batches)),
    });
    const ends = await Promise.allSettled(
      MANY.map(({ asked: input }) => firstValueFrom(port(input, ASKER))),
    );
    const faults = ends.filter((end) => end.status === 'rejected');
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThan(MANY.length);
    expect(faults.every(({ reason }) => reason instanceof ServiceFault)).toBe(true);
  });

  it('holds the clock from the question to the answer', async () => {
    let held = 0;
    const hold = () => {
      held++;
      return () => {
        held--;
      };
    };
    const { port } = scripted({}, hold);
    const heldAt = MANY.map(() => -1);
    for (const [at, { asked: input }] of MANY.entries()) {
      port(input, ASKER).subscribe(() => (heldAt[at] = held));
    }
    expect(held).toBe(1);
    await new Promise(setImmediate);
    expect(heldAt.every((count) => count > 0)).toBe(true);
    expect(held).toBe(0);
  });

  it('drops what nobody waits for, before and after it went to the pool', async () => {
    const answered: number[] = [];
    const { port, tasks } = scripted();
    const subscriptions: Subscription[] = MANY.map(({ asked: input }, at) =>
      port(input, ASKER).subscribe(() => answered.push(at)),
    );
    subscriptions[0]?.unsubscribe();
    await Promise.resolve();
    subscriptions[1]?.unsubscribe();
    await new Promise(setImmediate);
    expect(tasks.reduce((sum, size) => sum + size, 0)).toBe(MANY.length - 1);
    expect(answered).toEqual([...MANY.keys()].slice(2));
  });

  it('refuses when more is waiting than it can hold', () => {
    const { port } = scripted();
    const large = asked(new Uint8Array(30_000_000), { leads: 1 }, []);
    const faults: unknown[] = [];
    const all = [1, 2, 3].map(() =>
      port(large, ASKER).subscribe({ error: (error: unknown) => faults.push(error) }),
    );
    expect(faults).toEqual([expect.any(ServiceFault)]);
    for (const one of all) one.unsubscribe();
    port(large, ASKER)
      .subscribe({ error: () => expect.fail('there is room again') })
      .unsubscribe();
  });
});

interface Input {
  readonly leads: readonly unknown[];
  readonly want: Want;
  readonly sample: readonly number[];
  readonly asked: Services['audit']['input'];
}

const asked = (leads: Uint8Array, want: Want, sample: readonly number[]) => ({
  batch: { leads, query: { want } } as unknown as Batch,
  sample,
  block: 1 as Block,
});

function inputOf(leads: readonly unknown[], want: Want, sample: readonly number[]): Input {
  const bytes = packLeads(
    leads as object[],
    leads.map(() => new Uint8Array(16)),
  );
  return { leads, want, sample, asked: asked(bytes, want, sample) };
}

const expectedOf = ({ leads, want, sample }: Input): readonly Verdict[] =>
  auditOffline(leads, want, sample);

const ASKER: Asker = {
  self: addressOf('validator', '5V' as Hotkey),
  by: 0 as Instant,
  random: randomFrom('audit'),
};

const careless = synthetic({ careless: 300_000 as Fraction });
const leadsFrom = (seed: number, count: number): readonly unknown[] =>
  careless(randomFrom(seed), { leads: count });

const ONE = inputOf(leadsFrom(1, 1), { leads: 1 }, [0]);
const MANY = Array.from({ length: 20 }, (_, seed) =>
  inputOf(leadsFrom(seed, 100), { leads: 100 }, [0, 50, 99]),
);

/** Workers that work within the call, and tell how many batches each of their tasks had. */
function scripted(
  changes: Partial<Workers> = {},
  hold?: () => () => void,
): { port: ReturnType<typeof auditPort>; tasks: number[]; warmed: () => number } {
  const tasks: number[] = [];
  let warmed = 0;
  const workers: Workers = {
    threads: 2,
    isWarm: () => true,
    warm: () => {
      warmed++;
      return Promise.resolve();
    },
    room: () => 64,
    collusion: () => Promise.reject(new Error('nobody looks for collusion here')),
    audit: (batches) => {
      tasks.push(batches.length);
      return Promise.resolve(work(batches));
    },
    signatures: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
    ...changes,
  };
  const port = auditPort({ workers, costs: FIXED, ...(hold === undefined ? {} : { hold }) });
  return { port, tasks, warmed: () => warmed };
}

/** Half a millisecond for 25 KB in line, and half of that in the pool, but 1 ms to go there. */
const FIXED: AuditCosts = {
  inLine: (bytes) => bytes / 50_000,
  pooled: (bytes, ways, ahead) => 1 + (ahead + bytes) / 50_000 / ways,
  ranInLine: () => undefined,
  ranPooled: () => undefined,
};
const ALL_POOLED: AuditCosts = { ...FIXED, pooled: () => -1 };

const work = (batches: readonly Audited[]) =>
  audit({
    bytes: Buffer.concat(batches.map(({ leads }) => leads)),
    lots: batches.map(({ leads, want, sample }) => ({ bytes: leads.length, want, sample })),
  });

const batch: fc.Arbitrary<Input> = fc
  .record({
    seed: fc.nat(),
    count: fc.oneof(fc.constantFrom(0, 1, 100), fc.nat(100)),
    picks: fc.array(fc.nat(99)),
    industry: fc.constantFrom(undefined, 'Tech & AI' as const),
    odd: fc.array(fc.jsonValue({ maxDepth: 1, noUnicodeString: true }), { maxLength: 3 }),
  })
  .map(({ seed, count, picks, industry, odd }) => {
    const leads = [...leadsFrom(seed, count), ...odd.map(plain)].slice(0, 100);
    const want = { leads: 100, ...(industry === undefined ? {} : { industry }) };
    const sample = [...new Set(picks)].filter((index) => index < leads.length);
    return inputOf(leads, want, sample);
  });

/** What is the same before and after the wire: it has no -0. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
