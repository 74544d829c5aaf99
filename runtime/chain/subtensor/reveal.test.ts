import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../host.ts';
import type { Block, Hotkey } from '../../../protocols/units.ts';
import type { Commit, CommitStore } from './commit.ts';
import { ChainRefusal } from './refusal.ts';
import { dueOf, revealDue, type ChainCommit, type Now, type Revealing } from './reveal.ts';

describe('when a commit is to be revealed', () => {
  it('is by the first and last block that an older runtime keeps beside it', () => {
    const commit = { hash: '', second: 90, third: 100, fourth: 110 };
    const at = (block: number) =>
      dueOf(commit, { head: block - 1, epoch: undefined, revealPeriod: 1 });
    expect([91, 99, 100, 110, 111].map(at)).toEqual(['wait', 'wait', 'reveal', 'reveal', 'lapsed']);
  });

  it('is by the epoch that a newer runtime counts', () => {
    fc.assert(
      fc.property(
        fc.nat(99),
        fc.nat(99),
        fc.integer({ min: 1, max: 9 }),
        (made, epoch, revealPeriod) => {
          const commit = { hash: '', second: made, third: 12_345, fourth: 0 };
          const due = dueOf(commit, { head: 1, epoch, revealPeriod });
          const wanted = made + revealPeriod;
          expect(due).toBe(epoch === wanted ? 'reveal' : epoch < wanted ? 'wait' : 'lapsed');
        },
      ),
    );
  });
});

describe('commits that wait', () => {
  it('are revealed in their time, once, oldest first, and forgotten then', async () => {
    const { run, sent, store } = world([commitOf(1), commitOf(2)], [onChain(1), onChain(2)]);
    expect(await run(98)).toEqual([]);
    expect(await run(99)).toMatchObject([
      { is: 'revealed', commit: { hash: '1' } },
      { is: 'revealed', commit: { hash: '2' } },
    ]);
    expect(sent).toEqual(['1', '2']);
    expect(await store.all()).toEqual([]);
    expect(await run(100)).toEqual([]);
  });

  it('are forgotten with the reason where their time has passed, or they never came there', async () => {
    const late = world([commitOf(1)], [onChain(1)]);
    expect(await late.run(110)).toMatchObject([
      { is: 'lost', why: 'the epoch to reveal in has passed' },
    ]);
    expect(late.sent).toEqual([]);
    const gone = world([commitOf(1)], []);
    expect(await gone.run(50)).toEqual([]);
    expect(await gone.run(91)).toMatchObject([{ is: 'lost' }]);
    expect(await gone.store.all()).toEqual([]);
  });

  it('stay where the chain said that it is too early, and where nobody knows what came of it', async () => {
    for (const fault of [
      new ChainRefusal('revealWeights', 'RevealTooEarly'),
      new ChainRefusal('revealWeights', 'NeuronNoValidatorPermit'),
    ]) {
      const { run, store } = world([commitOf(1)], [onChain(1)], fault);
      expect(await run(100)).toEqual([]);
      expect(await store.all()).toHaveLength(1);
    }
    const away = world([commitOf(1)], [onChain(1)], new ServiceFault('unavailable', 'gone'));
    await expect(away.run(100)).rejects.toThrow('gone');
    expect(await away.store.all()).toHaveLength(1);
  });

  it('are forgotten where the chain will never take them', async () => {
    for (const name of [
      'ExpiredWeightCommit',
      'NoWeightsCommitFound',
      'InvalidRevealCommitHashNotMatch',
    ]) {
      const { run, store } = world(
        [commitOf(1)],
        [onChain(1)],
        new ChainRefusal('revealWeights', name),
      );
      expect(await run(100)).toMatchObject([{ is: 'lost' }]);
      expect(await store.all()).toEqual([]);
    }
  });

  it('of others, or of another subnet, are left alone', async () => {
    const others = [
      { ...commitOf(1), hotkey: 'other' as Hotkey },
      { ...commitOf(2), netuid: 1 },
    ];
    const { run, store, sent } = world(others, [onChain(1), onChain(2)]);
    expect(await run(500)).toEqual([]);
    expect(sent).toEqual([]);
    expect(await store.all()).toHaveLength(2);
  });
});

const OURS = 'ours' as Hotkey;
const commitOf = (number: number): Commit => ({
  hash: String(number),
  hotkey: OURS,
  netuid: 343,
  uids: [1],
  values: [1],
  salt: [number],
  versionKey: 1n,
  madeAt: 10,
});
const onChain = (number: number): ChainCommit => ({
  hash: String(number),
  second: 11,
  third: 100,
  fourth: 110,
});

function world(commits: readonly Commit[], there: readonly ChainCommit[], fault?: Error) {
  const kept = new Map(commits.map((commit) => [commit.hash, commit]));
  const store: CommitStore = {
    all: async () => [...kept.values()],
    put: async (commit) => void kept.set(commit.hash, commit),
    remove: async (hash) => void kept.delete(hash),
  };
  const sent: string[] = [];
  const revealing: Revealing = {
    store,
    netuid: 343,
    commitsOf: async () => there,
    isOurs: (hotkey) => hotkey === OURS,
    send: async (_, { args }) => {
      if (fault !== undefined) throw fault;
      sent.push(String(args[3]));
      return { block: 1 as Block, hash: '0x' };
    },
  };
  const run = (head: number) =>
    revealDue(revealing, { head, epoch: undefined, revealPeriod: 1 } satisfies Now);
  return { run, sent, store };
}
