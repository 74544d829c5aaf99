/**
 * The chain's contract against a real Subtensor runtime. `npm run test:chain` starts one; without
 * it these tests are skipped.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { neuronOf } from '../../protocols/metagraph.ts';
import {
  tao,
  type Block,
  type Coldkey,
  type Hotkey,
  type Instant,
  type Rao,
  type Uid,
  type Weight16,
} from '../../protocols/units.ts';
import { openDesk } from '../cli/chain-desk.ts';
import { metagraph } from '../cli/metagraph.ts';
import { register } from '../cli/register.ts';
import { serveAxon } from '../cli/serve-axon.ts';
import { walletSigners } from '../cli/signer.ts';
import { stake } from '../cli/stake.ts';
import type { Axon } from '../live.ts';
import { chainContract, type ChainUnderTest } from './chain.contract.ts';
import { openSubtensor, type ChainNote, type SubtensorChain } from './subtensor.ts';
import {
  addStake,
  burnedRegister,
  commitWeights,
  removeStake,
  revealWeights,
  setWeights,
} from './subtensor/calls.ts';
import { serveAxonTls } from './subtensor/axon.ts';
import { commitHash, type Registry } from './subtensor/commit.ts';
import { CommitFile } from './subtensor/commit-file.ts';
import { SeverableWire } from './testing/severed.ts';
import { DEV_CHAIN, DevChain, little, PATIENCE, type NewSubnet } from './testing/dev-chain.ts';

/** Each test waits for some hundred blocks of a busy machine. */
const LONG = 600_000;

describe.skipIf(DEV_CHAIN === undefined)(
  'a real Subtensor runtime (skipped where `npm run test:chain` has not started one)',
  { timeout: LONG },
  () => {
    let dev: DevChain;
    const open: SubtensorChain[] = [];
    beforeAll(async () => {
      dev = await DevChain.start();
    }, LONG);
    afterEach(async () => {
      for (const chain of open.splice(0)) await chain.close();
    });
    afterAll(async () => {
      await dev?.stop();
    });

    const openOn = async (
      netuid: number,
      keys: readonly KeyringPair[],
      commits?: string,
      endpoint: string = dev.endpoint,
    ): Promise<SubtensorChain> => {
      const chain = await openSubtensor({
        endpoint,
        netuid,
        clock: dev.clock,
        signerOf: (hotkey) => keys.find(({ address }) => address === hotkey),
        release: '0.1.0',
        patience: PATIENCE,
        ...(commits !== undefined && { commits: (genesis) => new CommitFile(commits, genesis) }),
      });
      open.push(chain);
      return chain;
    };

    /** Resolves once the view has seen all that is there. */
    const caughtUp = async (chain: SubtensorChain): Promise<void> => {
      const height = await dev.height();
      if (chain.view.latest.head.number >= height) return;
      await firstValueFrom(chain.heads.pipe(filter(({ head }) => head.number >= height)));
    };
    const pass = async (chain: SubtensorChain, blocks: number): Promise<void> => {
      await dev.blocks(blocks);
      await caughtUp(chain);
    };
    const whileBlocksCome = async (coming: Promise<unknown>): Promise<void> => {
      for (const { signal } = during(coming); !signal.aborted;) await dev.blocks(1);
    };
    const axonAt = (key: number, roles: Axon['roles'], ip = '127.0.0.2'): Axon => ({
      peerKey: Buffer.alloc(32, key),
      ip,
      port: 8_000 + key,
      roles,
    });

    chainContract('Subtensor', async (): Promise<ChainUnderTest> => {
      const limits = { weights: 20, epoch: 11 };
      const netuid = await dev.subnet({ weightsRateLimit: limits.weights });
      const coldkey = dev.pair();
      const keys = [dev.pair(), dev.pair(), dev.pair()] as const;
      const chain = await openOn(netuid, keys);
      const addresses = keys.map(({ address }) => address as Hotkey);
      const [first, second, third] = addresses as [Hotkey, Hotkey, Hotkey];
      const landed = async (work: Promise<{ readonly block: Block }>): Promise<Block> => {
        const { block } = await work;
        await caughtUp(chain);
        return block;
      };
      return {
        chain,
        limits,
        tolerance: 5n,
        // 82 % of an alpha for each of 11 blocks, where nobody else has any stake to speak of.
        pay: tao(10),
        coldkey: coldkey.address as Coldkey,
        hotkeys: [first, second, third],
        fund: async (address, amount) => {
          await dev.fund(address, amount);
          await pass(chain, 1);
          return chain.view.latest.head.number;
        },
        register: async (_, hotkey, roles) => {
          const at = await landed(dev.send(coldkey, burnedRegister(netuid, hotkey)));
          const axon = axonAt(1 + addresses.indexOf(hotkey), roles);
          await firstValueFrom(chain.serve(hotkey, axon));
          await caughtUp(chain);
          return at;
        },
        addStake: async (_, hotkey, amount) => {
          // A hotkey that nobody ever registered is none to the chain: a buyer registers elsewhere.
          const owner = await dev.read('subtensorModule', 'owner', [hotkey]);
          if (owner !== coldkey.address) await dev.send(coldkey, burnedRegister(343, hotkey));
          return landed(dev.send(coldkey, addStake(hotkey, netuid, amount)));
        },
        removeStake: (_, hotkey, amount) =>
          landed(dev.send(coldkey, removeStake(hotkey, netuid, amount))),
        setWeights: async (hotkey, weights) => {
          const at = await firstValueFrom(chain.setWeights(hotkey, weights));
          await caughtUp(chain);
          return at;
        },
        weightsOf: (uid) => firstValueFrom(chain.weightsOf(uid)),
        stakeOf: (hotkey) => firstValueFrom(chain.stake(hotkey)),
        pass: (blocks) => pass(chain, blocks),
      };
    });

    /** A subnet with a validator that has a permit, a miner, and the owner at uid 0. */
    const smallSubnet = async (limits: NewSubnet = {}, commits?: string) => {
      const netuid = await dev.subnet(limits);
      const coldkey = dev.pair();
      const [validator, miner] = [dev.pair(), dev.pair()];
      await dev.fund(coldkey.address, tao(1_000));
      await dev.send(coldkey, burnedRegister(netuid, validator.address));
      await dev.send(coldkey, burnedRegister(netuid, miner.address));
      await dev.send(coldkey, addStake(validator.address, netuid, tao(100)));
      const chain = await openOn(netuid, [validator, miner], commits);
      return { netuid, coldkey, validator, miner, chain };
    };
    const hot = ({ address }: KeyringPair): Hotkey => address as Hotkey;
    const toMiner = [[2 as Uid, 65_535 as Weight16]] as const;

    describe('a node on it', () => {
      it('finds its peers by what they serve, and proves no key that somebody else had first', async () => {
        const { chain, validator, miner, coldkey, netuid } = await smallSubnet();
        const axon = axonAt(7, ['miner'], '127.0.0.9');
        const at = await firstValueFrom(chain.serve(hot(miner), axon));
        await caughtUp(chain);
        expect(chain.endpointOf(hot(miner))).toEqual({
          peerKey: new Uint8Array(axon.peerKey),
          ip: '127.0.0.9',
          port: 8_007,
        });
        expect(chain.hotkeyOf(axon.peerKey)).toBe(miner.address);
        expect(neuronOf(chain.view.latest, hot(miner))?.roles).toEqual(['miner']);
        expect(chain.endpointOf(hot(validator))).toBeUndefined();

        // Announced again as it is, it costs no call.
        expect(await firstValueFrom(chain.serve(hot(miner), axon))).toBe(at);

        const six = { ...axonAt(8, ['validator', 'pool'] as const), ip: '2001:db8::7' };
        await firstValueFrom(chain.serve(hot(validator), six));
        await caughtUp(chain);
        expect(chain.endpointOf(hot(validator))?.ip).toBe('2001:db8::7');
        expect(neuronOf(chain.view.latest, hot(validator))?.roles).toEqual(['validator', 'pool']);

        const thief = dev.pair();
        await dev.send(coldkey, burnedRegister(netuid, thief.address));
        await dev.send(thief, serveAxonTls(netuid, 1, axonAt(7, ['miner'])));
        await caughtUp(chain);
        expect(chain.hotkeyOf(axon.peerKey)).toBe(miner.address);
        const fresh = await openOn(netuid, []);
        expect(fresh.hotkeyOf(axon.peerKey)).toBe(miner.address);
        expect(fresh.endpointOf(hot(thief))?.port).toBe(8_007);
      });

      it('pays the right miner at the epoch, and its epochs begin where the chain says', async () => {
        const { chain, validator, miner } = await smallSubnet();
        await pass(chain, 12);
        await firstValueFrom(chain.setWeights(hot(validator), toMiner));
        // Until a neuron sets weights itself, those set in its own block are not counted for it.
        await pass(chain, 24);
        const { metagraph: graph, incentives, emission } = chain.state;
        const uid = neuronOf(graph, hot(miner))?.uid ?? NaN;
        expect(incentives[uid]).toBeGreaterThan(0);
        expect(emission[uid]).toBeGreaterThan(0n);
        const starts = Array.from({ length: 24 }, (_, back) =>
          chain.view.at((graph.head.number - back) as Block),
        ).map((each) => each?.epochStart);
        const [last = NaN, before] = [...new Set(starts)];
        expect(last - Number(before)).toBe(graph.tempo + 1);
        expect(chain.view.at((last - 1) as Block)?.epochStart).toBe(before);
        expect(chain.view.at(last as Block)?.epochStart).toBe(last);
      });

      it('commits weights, and reveals them in the next epoch, also when it was started again', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'leadpoet-commits-'));
        const file = join(folder, 'commits.json');
        const made = await smallSubnet({ commitReveal: true }, file);
        const { chain, validator, netuid } = made;
        await pass(chain, 12);
        const at = await firstValueFrom(chain.setWeights(hot(validator), toMiner));
        await caughtUp(chain);
        expect(neuronOf(chain.view.latest, hot(validator))?.lastUpdate).toBe(at);
        expect(await firstValueFrom(chain.weightsOf(1))).toEqual([]);
        expect(await new CommitFile(file, chain.genesis).all()).toHaveLength(1);
        await chain.close();

        const again = await openOn(netuid, [validator], file);
        const revealed = firstValueFrom(
          again.notes.pipe(filter((note: ChainNote) => note.is === 'revealed')),
        );
        for (const { signal } = during(revealed); !signal.aborted;) await pass(again, 1);
        const { landed } = await revealed;
        expect(landed.block).toBeGreaterThan(at);
        expect(await firstValueFrom(again.weightsOf(1))).toEqual(toMiner);
        expect(await new CommitFile(file, again.genesis).all()).toEqual([]);
      });

      it('sends no more and no fewer weights than the subnet asks for', async () => {
        const { chain, validator } = await smallSubnet({ minAllowedWeights: 3 });
        await pass(chain, 12);
        await firstValueFrom(chain.setWeights(hot(validator), toMiner));
        await caughtUp(chain);
        expect(await firstValueFrom(chain.weightsOf(1))).toEqual([
          [0, 0],
          [1, 0],
          [2, 65_535],
        ]);
      });

      it('tells the first block after an instant, of the past and of what is to come', async () => {
        const { chain } = await smallSubnet();
        await pass(chain, 3);
        const { head } = chain.view.latest;
        const before = chain.view.at((head.number - 2) as Block)?.head;
        const after = (instant: number) => firstValueFrom(chain.after(instant as Instant));
        expect(await after((before?.time ?? NaN) - 1)).toEqual(before);
        expect(await after(before?.time ?? NaN)).toEqual(
          chain.view.at((head.number - 1) as Block)?.head,
        );
        const next = after(head.time);
        await dev.blocks(2);
        expect((await next).number).toBe(head.number + 1);
      });

      it('knows a block of long ago when it is asked for it again', async () => {
        const { chain } = await smallSubnet();
        const block = (chain.view.latest.head.number - 3) as Block;
        expect(chain.view.at(block)).toBeUndefined();
        await expect.poll(() => chain.view.at(block)?.head.number, { timeout: LONG }).toBe(block);
        expect(chain.view.at(block)?.neurons.length).toBeGreaterThan(0);
      });
    });

    describe('the commands', () => {
      it('register, stake, announce and show, by the keys of a wallet', async () => {
        const netuid = await dev.subnet();
        const path = mkdtempSync(join(tmpdir(), 'leadpoet-wallets-'));
        mkdirSync(join(path, 'default/hotkeys'), { recursive: true });
        const [cold, hotkey] = ['coldkey', 'hotkeys/default'].map((file, index) => {
          const seed = Buffer.alloc(32, `${netuid}/${index}`);
          const pair = dev.keyring.addFromSeed(seed);
          const document = { ss58Address: pair.address, secretSeed: `0x${seed.toString('hex')}` };
          writeFileSync(join(path, 'default', file), JSON.stringify(document), { mode: 0o600 });
          return pair;
        }) as [KeyringPair, KeyringPair];
        await dev.fund(cold.address, tao(100));
        await dev.blocks(1);

        const said = { out: '', err: '' };
        const io = {
          out: (text: string) => void (said.out = text),
          err: (text: string) => void (said.err += text),
        };
        const flags = { netuid, 'subtensor.chain_endpoint': dev.endpoint, 'wallet.path': path };
        const parts = {
          open: () => openDesk(flags),
          signers: walletSigners(flags, io),
          asking: { canAsk: true, ask: async () => true },
        };
        expect(await register({}, parts, io)).toBe(0);
        expect(said.err).toContain(`paid by   ${cold.address}, which has 100 TAO`);
        expect(await stake('20', {}, parts, io)).toBe(0);
        expect(await stake('500', {}, parts, io)).toBe(1);
        const axon = {
          'axon.ip': '127.0.0.5',
          'axon.port': 9,
          role: ['pool'],
          'peer-key': '0a'.repeat(32),
        };
        expect(await serveAxon(axon, parts, io)).toBe(0);
        expect(await metagraph({ json: true }, parts.open, io)).toBe(0);
        const { neurons } = JSON.parse(said.out) as { neurons: readonly Record<string, unknown>[] };
        expect(neurons[1]).toMatchObject({
          hotkey: hotkey.address,
          coldkey: cold.address,
          roles: ['pool'],
          ip: '127.0.0.5',
          peer_key: '0a'.repeat(32),
        });
        expect(Number(neurons[1]?.['stake_tao'])).toBeGreaterThan(19);
        expect(await register({ yes: true }, parts, io)).toBe(0);
        expect(said.out).toContain('is registered since block');
        rmSync(path, { recursive: true });
      });
    });

    describe('a refusal', () => {
      const refusal = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'none',
          (fault: { readonly refusal?: string; readonly message: string }) =>
            fault.refusal ?? fault.message,
        );

      it('of a registration or a stake bears the name of its reason', async () => {
        const netuid = await dev.subnet();
        const [coldkey, poor, hotkey, other] = [dev.pair(), dev.pair(), dev.pair(), dev.pair()];
        await dev.fund(coldkey.address, tao(100));
        await dev.fund(poor.address, 1_000_000n as Rao);
        await dev.send(coldkey, burnedRegister(netuid, hotkey.address));
        const tried = async (pair: KeyringPair, call: Parameters<DevChain['send']>[1]) =>
          refusal(dev.send(pair, call));
        expect(await tried(coldkey, burnedRegister(9_999, hotkey.address))).toBe('SubnetNotExists');
        expect(await tried(coldkey, burnedRegister(netuid, hotkey.address))).toBe(
          'HotKeyAlreadyRegisteredInSubNet',
        );
        expect(await tried(poor, burnedRegister(netuid, other.address))).toBe(
          'NotEnoughBalanceToStake',
        );
        expect(await tried(coldkey, burnedRegister(0, other.address))).toBe(
          'RegistrationNotPermittedOnRootSubnet',
        );
        const rich = dev.pair();
        await dev.fund(rich.address, tao(100));
        expect(await tried(rich, burnedRegister(343, hotkey.address))).toBe('NonAssociatedColdKey');

        expect(await tried(coldkey, addStake(hotkey.address, netuid, 1n))).toBe(
          'StakeAmountTooLow',
        );
        expect(await tried(coldkey, addStake(hotkey.address, netuid, tao(10_000)))).toBe(
          'BalanceTooLow',
        );
        expect(await tried(coldkey, addStake(hotkey.address, 9_999, tao(1)))).toBe(
          'SubnetNotExists',
        );
        expect(await tried(coldkey, addStake(other.address, netuid, tao(1)))).toBe(
          'HotkeyAccountDoesntExist',
        );
        expect(await tried(coldkey, removeStake(hotkey.address, netuid, tao(1)))).toBe(
          'NotEnoughStakeToWithdraw',
        );
        const unborn = await dev.subnet({ isStarted: false });
        expect(await tried(coldkey, addStake(hotkey.address, unborn, tao(1)))).toBe(
          'SubtokenDisabled',
        );

        await dev.setStorage({
          SubtensorModule: { MaxRegistrationsPerBlock: [[[netuid], little(0, 2)]] },
        });
        expect(await tried(coldkey, burnedRegister(netuid, other.address))).toBe(
          'TooManyRegistrationsThisBlock',
        );
        await dev.setStorage({
          SubtensorModule: { TargetRegistrationsPerInterval: [[[netuid], little(0, 2)]] },
        });
        expect(await tried(coldkey, burnedRegister(netuid, other.address))).toBe(
          'RateLimitExceeded',
        );
        await dev.setStorage({
          SubtensorModule: {
            MaxRegistrationsPerBlock: [[[netuid], little(64, 2)]],
            TargetRegistrationsPerInterval: [[[netuid], little(64, 2)]],
            NetworkRegistrationAllowed: [[[netuid], '0x00']],
          },
        });
        expect(await tried(coldkey, burnedRegister(netuid, other.address))).toBe(
          'SubNetRegistrationDisabled',
        );
      });

      it('of an axon bears the name of its reason', async () => {
        const { netuid, miner, chain } = await smallSubnet({ servingRateLimit: 50 });
        const stranger = dev.pair();
        const tried = (pair: KeyringPair, axon: Axon) =>
          refusal(dev.send(pair, serveAxonTls(netuid, 1, axon)));
        expect(await tried(stranger, axonAt(1, ['miner']))).toBe('HotKeyNotRegisteredInNetwork');
        expect(await tried(miner, axonAt(1, ['miner'], '127.0.0.1'))).toBe('InvalidIpAddress');
        expect(await tried(miner, { ...axonAt(1, ['miner']), port: 0 })).toBe('InvalidPort');
        expect(await tried(miner, axonAt(1, ['miner']))).toBe('none');
        expect(await tried(miner, axonAt(2, ['miner']))).toBe('ServingRateLimitExceeded');
        await caughtUp(chain);
        const again = firstValueFrom(chain.serve(hot(miner), axonAt(2, ['miner'])));
        expect(await refusal(again)).toBe('ServingRateLimitExceeded');
      });

      it('of weights bears the name of its reason', async () => {
        const { netuid, validator, miner, chain } = await smallSubnet({
          minAllowedWeights: 2,
          versionKey: 5,
        });
        await pass(chain, 12);
        const tried = (
          pair: KeyringPair,
          uids: readonly number[],
          weights: readonly number[],
          key = 1_000n,
        ) => refusal(dev.send(pair, setWeights(netuid, uids, weights, key)));
        expect(await tried(validator, [0, 1], [1])).toBe('WeightVecNotEqualSize');
        expect(await tried(validator, [0, 1, 2, 3], [1, 1, 1, 1])).toBe(
          'UidsLengthExceedUidsInSubNet',
        );
        expect(await tried(dev.pair(), [0, 1], [1, 1])).toBe('HotKeyNotRegisteredInSubNet');
        expect(await tried(validator, [0, 1], [1, 1], 4n)).toBe('IncorrectWeightVersionKey');
        expect(await tried(miner, [0, 1], [1, 1])).toBe('NeuronNoValidatorPermit');
        expect(await tried(validator, [1, 1], [1, 1])).toBe('DuplicateUids');
        expect(await tried(validator, [0, 3], [1, 1])).toBe('UidVecContainInvalidOne');
        expect(await tried(validator, [0], [1])).toBe('WeightVecLengthIsLow');
        expect(await refusal(dev.send(validator, setWeights(9_999, [0], [1], 0n)))).toBe(
          'SubnetNotExists',
        );
        expect(await refusal(dev.send(validator, commitWeights(netuid, Buffer.alloc(32, 1))))).toBe(
          'CommitRevealDisabled',
        );

        await dev.setStorage({
          SubtensorModule: { WeightsSetRateLimit: [[[netuid], little(100, 8)]] },
        });
        expect(await tried(validator, [0, 1], [1, 1])).toBe('SettingWeightsTooFast');
        await dev.setStorage({
          SubtensorModule: {
            WeightsSetRateLimit: [[[netuid], little(0, 8)]],
            MaxWeightsLimit: [[[netuid], little(6_553, 2)]],
          },
        });
        expect(await tried(validator, [0, 2], [1, 65_535])).toBe('MaxWeightExceeded');
        await dev.setStorage({
          SubtensorModule: { StakeThreshold: little(1_000_000_000_000_000, 8) },
        });
        expect(await tried(validator, [0, 1], [1, 1])).toBe('StakeAmountTooLow');
        await dev.setStorage({ SubtensorModule: { StakeThreshold: little(0, 8) } });
      });

      it('of a commit or a reveal bears the name of its reason', async () => {
        const { netuid, validator, chain } = await smallSubnet({ commitReveal: true });
        await pass(chain, 12);
        const shown = { uids: [2], values: [1], salt: [1, 2], versionKey: 1_000n };
        const reveal = (salt: readonly number[]) =>
          refusal(dev.send(validator, revealWeights(netuid, { ...shown, salt })));
        expect(await refusal(dev.send(validator, setWeights(netuid, [2], [1], 1_000n)))).toBe(
          'CommitRevealEnabled',
        );
        expect(await reveal(shown.salt)).toBe('NoWeightsCommitFound');
        // Without a place for commits none is made.
        expect(await refusal(firstValueFrom(chain.setWeights(hot(validator), toMiner)))).toBe(
          'CommitRevealEnabled',
        );
        expect(
          await dev.read('subtensorModule', 'weightCommits', [netuid, validator.address]),
        ).toBe(undefined);

        const commit = async (first: number) =>
          refusal(dev.send(validator, commitWeights(netuid, Buffer.alloc(32, first))));
        expect(
          await refusal(dev.send(dev.pair(), commitWeights(netuid, Buffer.alloc(32, 1)))),
        ).toBe('HotKeyNotRegisteredInSubNet');
        await dev.setStorage({
          SubtensorModule: { WeightsSetRateLimit: [[[netuid], little(100, 8)]] },
        });
        expect(await commit(1)).toBe('CommittingWeightsTooFast');
        await dev.setStorage({
          // Else its ten commits would not be of one epoch.
          SubtensorModule: {
            WeightsSetRateLimit: [[[netuid], little(0, 8)]],
            Tempo: [[[netuid], little(360, 2)]],
          },
        });
        const hash = sealOf(dev.session.api.registry, validator, netuid, shown);
        await dev.send(validator, commitWeights(netuid, hash));
        expect(await reveal(shown.salt)).toBe('RevealTooEarly');
        expect(await reveal([9])).toBe('InvalidRevealCommitHashNotMatch');
        for (let count = 1; count < 10; count++) expect(await commit(count)).toBe('none');
        expect(await commit(10)).toBe('TooManyUnrevealedCommits');
        // Epochs of 11 blocks again: two of them and the one to reveal in has passed.
        await dev.setStorage({ SubtensorModule: { Tempo: [[[netuid], little(10, 2)]] } });
        await dev.blocks(24);
        expect(await reveal(shown.salt)).toBe('ExpiredWeightCommit');
      });
    });

    describe('a node that goes away', () => {
      it('leaves the view as it was, stale and saying so, until it is there again', async () => {
        const wire = await SeverableWire.to(Number(new URL(dev.endpoint).port));
        const netuid = await dev.subnet();
        const chain = await openOn(netuid, [], undefined, `ws://127.0.0.1:${wire.port}`);
        const shown: number[] = [];
        chain.heads.subscribe(({ head }) => shown.push(head.number));
        const before = chain.view.latest;
        const stale = firstValueFrom(chain.condition.pipe(filter(({ is }) => is === 'stale')));
        wire.cut();
        // Whichever heard of it first.
        expect(await stale).toMatchObject({
          why: expect.stringMatching(/connection was closed|Abnormal Closure/),
        });
        expect(chain.view.latest).toBe(before);
        await expect(chain.balanceOf(dev.owner.address)).rejects.toMatchObject({
          fault: 'unavailable',
        });

        await dev.blocks(3);
        wire.mend();
        await whileBlocksCome(firstValueFrom(chain.heads));
        await caughtUp(chain);
        const { number } = chain.view.latest.head;
        expect(shown).toEqual(
          Array.from(
            { length: number - before.head.number },
            (_, at) => before.head.number + 1 + at,
          ),
        );

        // It goes silent: nobody says that the connection is gone, and it is found out all the same.
        const silent = firstValueFrom(
          chain.condition.pipe(
            filter((now) => now.is === 'stale' && now.why.includes('does not answer')),
          ),
        );
        wire.die();
        await silent;
        wire.mend();
        await whileBlocksCome(firstValueFrom(chain.heads));
        await chain.close();
        await wire.close();
      });

      it('is found out within 10 s at the start, and where there is no such subnet', async () => {
        const options = { clock: dev.clock, signerOf: () => undefined, release: '0.1.0' };
        await expect(
          openSubtensor({ ...options, endpoint: 'ws://127.0.0.1:9', netuid: 1 }),
        ).rejects.toThrow(/the chain does not answer at ws:\/\/127.0.0.1:9/);
        await expect(
          openSubtensor({ ...options, endpoint: dev.endpoint, netuid: 9_999, patience: PATIENCE }),
        ).rejects.toThrow(/no subnet 9999/);
      });
    });
  },
);

const sealOf = (
  registry: Registry,
  { address }: KeyringPair,
  netuid: number,
  shown: Parameters<typeof revealWeights>[1],
): Uint8Array =>
  Buffer.from(commitHash(registry, { ...shown, netuid, hotkey: address as Hotkey }), 'hex');

/** Aborted as soon as something has come. */
function during(coming: Promise<unknown>): AbortController {
  const end = new AbortController();
  void coming.then(() => end.abort());
  return end;
}
