import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import type { Metagraph } from '../../protocols/metagraph.ts';
import {
  later,
  tao,
  type Block,
  type Coldkey,
  type Duration,
  type Hotkey,
  type Uid,
  type Weight16,
} from '../../protocols/units.ts';
import type { Axon } from '../live.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { chainContract, type ChainUnderTest } from './chain.contract.ts';
import { MOCK_BLOCK_TIME, SharedFileChain } from './shared-file.ts';

chainContract('the chain in a shared file', () => Promise.resolve(underTest()));

describe('the chain in a shared file', () => {
  it('is the same for all processes, and what one has seen of a block stays so', async () => {
    await fc.assert(
      fc.asyncProperty(manySteps, async (steps) => {
        const file = freshFile();
        const parties = [0, 1, 2].map(() => party(file));
        await parties[0]?.run(parties[0].chain.fund(COLD, tao(3_000)));
        const seen = new Map<Block, Metagraph>();
        const look = ({ chain }: Party): void => {
          const { latest } = chain.view;
          const before = seen.get(latest.head.number);
          if (before !== undefined) expect(latest).toEqual(before);
          seen.set(latest.head.number, latest);
        };
        for (const { by, call, ms, looks } of steps) {
          const one = parties[by] as Party;
          await one.clock.run(later(one.clock.now(), ms as Duration));
          if (looks) look(one);
          // A refusal is an answer like any other.
          call(one.chain).subscribe({ error: () => undefined });
          if (looks) look(one);
        }
        const end = Math.max(...parties.map(({ clock }) => clock.now())) + 20 * MOCK_BLOCK_TIME;
        for (const { clock } of parties) await clock.run(end as typeof START);
        for (const one of [...parties, party(file, end)]) {
          look(one);
          for (const [block, metagraph] of seen)
            expect(one.chain.view.at(block)).toEqual(metagraph);
          expect(one.chain.weightsOf(0 as Uid)).toEqual(parties[0]?.chain.weightsOf(0 as Uid));
          await one.chain.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('tells of each hotkey where it serves, and by which key its peers know it', async () => {
    const file = freshFile();
    const [one, two] = [party(file), party(file)] as const;
    await one.run(one.chain.fund(COLD, tao(10)));
    for (const index of [0, 1]) await one.run(one.chain.register(registration(index)));
    await one.run(one.chain.serve(hotkeyNumber(0), axon(1, 4_001)));
    await one.run(one.chain.serve(hotkeyNumber(1), axon(1, 4_002)));
    await two.clock.run(one.clock.now());
    const { chain } = two;
    expect(chain.view.latest.neurons.map(({ roles }) => roles)).toEqual([['pool'], ['pool']]);
    expect(chain.endpointOf(hotkeyNumber(1))).toMatchObject({ ip: '127.0.0.1', port: 4_002 });
    expect(chain.endpointOf(hotkeyNumber(1))?.peerKey.buffer.byteLength).toBe(32);
    expect(chain.endpointOf(hotkeyNumber(2))).toBeUndefined();
    // Nobody takes another's place by announcing its key.
    expect(chain.hotkeyOf(axon(1, 0).peerKey)).toBe(hotkeyNumber(0));
    await one.run(one.chain.serve(hotkeyNumber(0), axon(2, 4_001)));
    await two.clock.run(one.clock.now());
    expect(chain.hotkeyOf(axon(1, 0).peerKey)).toBe(hotkeyNumber(1));
    expect(chain.hotkeyOf(axon(3, 0).peerKey)).toBeUndefined();
    await expect(one.run(one.chain.serve(hotkeyNumber(5), axon(3, 1)))).rejects.toThrow(
      /^HotKeyNotRegisteredInNetwork/,
    );
  });

  it('is found again as it was, by who opens it later', async () => {
    const file = freshFile();
    const one = party(file);
    await one.run(one.chain.fund(COLD, tao(10)));
    await one.run(one.chain.register(registration(0)));
    const { latest } = one.chain.view;
    await one.chain.close();
    const again = party(file, one.clock.now());
    expect(again.chain.genesis).toBe(one.chain.genesis);
    expect(again.chain.view.latest).toEqual(latest);
    expect(party(freshFile()).chain.genesis).not.toBe(one.chain.genesis);
  });

  it('goes on from where it was for who has a clock behind', async () => {
    const file = freshFile();
    const [ahead, behind] = [party(file), party(file)] as const;
    await ahead.clock.run(later(START, (9 * MOCK_BLOCK_TIME) as Duration));
    expect(ahead.chain.view.latest.head.number).toBe(9);
    await behind.clock.run(later(START, (2 * MOCK_BLOCK_TIME) as Duration));
    expect(behind.chain.view.latest.head.number).toBe(9);
  });

  it('of another subnet, another program or with a call that is none is refused by name', async () => {
    const file = freshFile();
    await party(file).chain.close();
    expect(() => party(file, START, 5)).toThrow(/^--netuid is 5; allowed: 343, as /);
    const database = new DatabaseSync(file);
    database.exec(`INSERT INTO calls (at, call) VALUES (1, '{"is":"mint"}')`);
    database.close();
    expect(() => party(file)).toThrow(`${file} is damaged: its call 1 cannot be read`);
    const other = freshFile();
    writeFileSync(
      other,
      'no database at all, and longer than a header of one would have to be'.repeat(9),
    );
    expect(() => party(other)).toThrow(other);
  });

  it('gives up a call after two seconds where somebody keeps the file', async () => {
    const file = freshFile();
    const { chain, clock } = party(file);
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    const trouble: unknown[] = [];
    chain.fund(COLD, tao(1)).subscribe({ error: (cause) => trouble.push(cause) });
    await clock.run(later(clock.now(), 3_000 as Duration));
    expect(trouble).toMatchObject([{ fault: 'unavailable' }]);
    // It stands where it was, and goes on as soon as it can.
    expect(chain.view.latest.head.number).toBe(0);
    holder.exec('ROLLBACK');
    holder.close();
    expect(chain.view.latest.head.number).toBe(12);
  });
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-chain-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
let files = 0;
const freshFile = (): string => join(DIRECTORY, `chain-${files++}.sqlite`);

const COLD = 'cold' as Coldkey;
const RULES = { tempo: 30, weightsRateLimit: 20, maxUids: 4, maxValidators: 2 };

const registration = (index: number) => ({
  coldkey: COLD,
  hotkey: hotkeyNumber(index),
  roles: ['miner' as const],
});
const axon = (key: number, port: number): Axon => ({
  peerKey: new Uint8Array(32).fill(key),
  ip: '127.0.0.1',
  port,
  roles: ['pool'],
});

interface Party {
  readonly chain: SharedFileChain;
  readonly clock: VirtualClock;
  /** What a call comes to, with the clock run until it does. */
  readonly run: <T>(coming: Observable<T>) => Promise<T>;
}

function party(file: string, now: number = START, netuid = 343): Party {
  const clock = new VirtualClock(now as typeof START);
  const chain = new SharedFileChain({ file, clock, netuid, rules: RULES });
  const run = async <T>(coming: Observable<T>): Promise<T> => {
    const found: T[] = [];
    let trouble: unknown;
    let isOver = false;
    coming.subscribe({
      next: (value) => found.push(value),
      error: (cause) => {
        trouble = cause;
        isOver = true;
      },
      complete: () => (isOver = true),
    });
    await clock.run(() => isOver);
    if (found.length === 0) throw trouble;
    return found[0] as T;
  };
  return { chain, clock, run };
}

function underTest(): ChainUnderTest {
  const { chain, clock, run } = party(freshFile());
  return {
    chain,
    limits: { weights: RULES.weightsRateLimit, epoch: RULES.tempo + 1 },
    fund: (coldkey, amount) => run(chain.fund(coldkey, amount)),
    register: (coldkey, hotkey, roles) => run(chain.register({ coldkey, hotkey, roles })),
    addStake: (coldkey, hotkey, amount) => run(chain.addStake({ coldkey, hotkey, amount })),
    removeStake: (coldkey, hotkey, amount) => run(chain.removeStake({ coldkey, hotkey, amount })),
    setWeights: (hotkey, set) => run(chain.setWeights(hotkey, set)),
    weightsOf: (uid) => chain.weightsOf(uid),
    stakeOf: (hotkey) => run(chain.stake(hotkey)),
    pass: async (blocks) =>
      void (await clock.run(later(clock.now(), (blocks * MOCK_BLOCK_TIME) as Duration))),
    hotkeys: [hotkeyNumber(0), hotkeyNumber(1), hotkeyNumber(2)],
    coldkey: COLD,
  };
}

/** What one of three processes does next, some time after what it did before. */
const anyHotkey: fc.Arbitrary<Hotkey> = fc.nat(3).map(hotkeyNumber);
const anyAmount = fc.constantFrom(tao(0), tao(1), tao(20), tao(900));
const anyCall: fc.Arbitrary<(chain: SharedFileChain) => Observable<Block>> = fc.oneof(
  fc.constant((chain: SharedFileChain) => chain.fund(COLD, tao(100))),
  anyHotkey.map(
    (hotkey) => (chain: SharedFileChain) =>
      chain.register({ coldkey: COLD, hotkey, roles: ['validator'] }),
  ),
  fc.tuple(anyHotkey, anyAmount).map(
    ([hotkey, amount]) =>
      (chain: SharedFileChain) =>
        chain.addStake({ coldkey: COLD, hotkey, amount }),
  ),
  fc.tuple(anyHotkey, fc.nat(3)).map(
    ([hotkey, uid]) =>
      (chain: SharedFileChain) =>
        chain.setWeights(hotkey, [[uid as Uid, 7 as Weight16]]),
  ),
  anyHotkey.map((hotkey) => (chain: SharedFileChain) => chain.serve(hotkey, axon(1, 1))),
);
const anyStep = fc.record({
  by: fc.nat(2),
  call: anyCall,
  ms: fc.oneof(fc.constantFrom(0, 1, 249, 250, 251), fc.nat(9_000)),
  looks: fc.boolean(),
});
/** So many that a call of one often falls between two looks of another. */
const manySteps = fc.array(anyStep, { minLength: 5, maxLength: 30, size: 'max' });
