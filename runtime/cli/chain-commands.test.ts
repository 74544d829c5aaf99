import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import type { Neuron } from '../../protocols/metagraph.ts';
import {
  showTao,
  tao,
  type Block,
  type Coldkey,
  type Digest,
  type Hotkey,
  type Rao,
  type Uid,
} from '../../protocols/units.ts';
import type { ChainCall } from '../chain/subtensor/calls.ts';
import { ChainRefusal } from '../chain/subtensor/refusal.ts';
import type { SubnetState } from '../chain/subtensor/subnet-state.ts';
import { ServiceFault } from '../host.ts';
import type { ChainDesk } from './chain-desk.ts';
import { metagraph } from './metagraph.ts';
import { register } from './register.ts';
import { serveAxon } from './serve-axon.ts';
import type { KeyName, Signers } from './signer.ts';
import { alphaFor, stake, taoOf } from './stake.ts';

describe('leadpoet register', () => {
  it('says what it costs and who pays, and does nothing without a yes', async () => {
    const world = worldOf({ answer: false });
    expect(await register({}, world, world.io)).toBe(1);
    expect(world.err).toMatch(/register +NEW\n/);
    expect(world.err).toMatch(/price +0\.1 TAO, burned/);
    expect(world.err).toMatch(/paid by +COLD, which has 5 TAO/);
    expect(world).toMatchObject({ sent: [], opened: [], closed: 1, out: '' });
  });

  it('pays by the coldkey after a yes, or a --yes beforehand', async () => {
    for (const [options, answer] of [
      [{}, true],
      [{ yes: true }, undefined],
    ] as const) {
      const world = worldOf({ answer });
      expect(await register(options, world, world.io)).toBe(0);
      expect(world.sent).toEqual([{ name: 'burnedRegister', args: [343, 'NEW'] }]);
      expect(world.opened).toEqual(['coldkey', 'coldkey forgotten']);
      expect(world.out).toBe('NEW is registered in block 8\n');
      expect(world.closed).toBe(1);
    }
  });

  it('where nobody can be asked names --yes, and opens no key', async () => {
    const world = worldOf({ answer: undefined });
    await expect(register({}, world, world.io)).rejects.toThrow(/^--yes is absent/);
    expect(world).toMatchObject({ sent: [], opened: [], closed: 1 });
  });

  it('asks nobody where it is done already, or cannot be paid', async () => {
    const there = worldOf({ hotkey: hotkeyNumber(1), answer: undefined });
    expect(await register({ json: true }, there, there.io)).toBe(0);
    expect(JSON.parse(there.out)).toMatchObject({
      format: 'leadpoet.register/1',
      uid: 1,
      was_there: true,
    });
    const poor = worldOf({ balance: tao(0), answer: undefined });
    expect(await register({}, poor, poor.io)).toBe(1);
    expect(poor.err).toContain('a registration costs 0.1 TAO; COLD has 0');
    expect([...there.sent, ...poor.sent]).toEqual([]);
  });

  it('tells a refusal by its name, exit 1, and an absent chain as such', async () => {
    const refused = worldOf({ fault: new ChainRefusal('burnedRegister', 'RateLimitExceeded') });
    expect(await register({ yes: true }, refused, refused.io)).toBe(1);
    expect(refused.err).toContain('the chain refused: RateLimitExceeded: too many of these');
    const away = worldOf({ fault: new ServiceFault('unavailable', 'the chain went away') });
    await expect(register({ yes: true }, away, away.io)).rejects.toMatchObject({
      name: 'WorldError',
    });
    expect([refused.closed, away.closed]).toEqual([1, 1]);
    expect(away.opened).toEqual(['coldkey', 'coldkey forgotten']);
  });
});

describe('leadpoet stake', () => {
  it('says what the amount buys, and stakes it after a yes', async () => {
    const world = worldOf({ balance: tao(100), answer: true });
    expect(await stake('20', {}, world, world.io)).toBe(0);
    // A pool of 1000 and 1000, as a real chain had: 20 TAO bought 19.5388 with its fee of 0.3 %.
    expect(world.err).toMatch(/buys +about 19\.6078\d* alpha at 1 TAO, worth 1\.9 % less/);
    expect(world.sent).toEqual([{ name: 'addStake', args: ['NEW', 343, tao(20)] }]);
  });

  it('is refused what nobody has', async () => {
    const world = worldOf({ balance: tao(19), answer: true });
    expect(await stake('20', {}, world, world.io)).toBe(1);
    expect(world.err).toContain('COLD has 19 TAO of 20');
    expect(world.sent).toEqual([]);
  });

  it('reads an amount to the rao, and nothing that is none', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 21_000_000n * 10n ** 9n), (rao) => {
        expect(taoOf(showTao(rao as Rao))).toBe(rao);
      }),
    );
    for (const text of [
      '0',
      '-1',
      '1e3',
      '0x10',
      '1.',
      '.5',
      '1.0000000001',
      '21000000.1',
      '',
      ' 1',
      '١',
    ]) {
      expect(() => taoOf(text)).toThrow(/^AMOUNT is/);
    }
  });

  it('buys less alpha a TAO the more it buys, and never all of the pool', () => {
    fc.assert(
      fc.property(anyRao, anyRao, anyRao, (amount, poolTao, alpha) => {
        const pool = { tao: poolTao, alpha };
        const bought = alphaFor(amount as Rao, { pool });
        expect(bought).toBeLessThanOrEqual(alpha);
        expect(bought * poolTao).toBeLessThanOrEqual(amount * alpha);
        expect(alphaFor((2n * amount) as Rao, { pool })).toBeLessThanOrEqual(2n * (bought + 1n));
      }),
    );
  });
});

describe('leadpoet serve-axon', () => {
  const options = {
    'axon.ip': '127.0.0.2',
    'axon.port': 8_091,
    role: ['pool', 'validator'],
    'peer-key': 'ab'.repeat(32),
  } as const;

  it('announces by the hotkey and asks nobody, for it costs nothing', async () => {
    const world = worldOf({ hotkey: hotkeyNumber(1), answer: undefined });
    expect(await serveAxon(options, world, world.io)).toBe(0);
    expect(world.opened).toEqual(['hotkey', 'hotkey forgotten']);
    expect(world.sent[0]?.name).toBe('serveAxonTls');
    expect(world.sent[0]?.args.slice(2, 8)).toEqual([0x7f000002n, 8_091, 4, 17, 6, 0]);
    expect(world.out).toContain('serves as validator, pool at 127.0.0.2 port 8091');
  });

  it('of a stranger says what to do first', async () => {
    const world = worldOf({});
    expect(await serveAxon(options, world, world.io)).toBe(1);
    expect(world.err).toContain('NEW is not registered on subnet 343: leadpoet register');
  });

  it('names the flag that is wrong before it looks at any chain', async () => {
    const world = worldOf({});
    const tried = (change: object) => serveAxon({ ...options, ...change }, world, world.io);
    await expect(tried({ role: ['buyer'] })).rejects.toThrow(/^--role is "buyer"/);
    await expect(tried({ role: [] })).rejects.toThrow(/^--role is none/);
    await expect(tried({ 'peer-key': 'ab' })).rejects.toThrow(/^--peer-key is "ab"/);
    expect(world.closed).toBe(0);
    await expect(worldlyIp()).rejects.toThrow(/^--axon\.ip is "here"/);
    async function worldlyIp(): Promise<number> {
      return tried({ 'axon.ip': 'here' });
    }
  });
});

describe('leadpoet metagraph', () => {
  it('shows who is there, for people and for programs', async () => {
    const world = worldOf({});
    expect(await metagraph({}, world.open, world.io)).toBe(0);
    expect(world.out).toContain('Subnet 343 in block 7, 2 blocks into an epoch of 11');
    expect(world.out).toMatch(
      /1  \S+ +20\.5  yes     miner +127\.0\.0\.3 port 9 +1\.0000 +0\.5000 +6/,
    );

    const json = worldOf({});
    await metagraph({ json: true }, json.open, json.io);
    expect(JSON.parse(json.out)).toMatchObject({
      format: 'leadpoet.metagraph/1',
      netuid: 343,
      block: 7,
      epoch_start: 5,
      tempo: 10,
      registration_tao: '0.1',
      weights: { every_blocks: 100, version_key: '3', commit_reveal: false },
      neurons: [
        { uid: 0, stake_tao: '0', roles: [], ip: null, peer_key: null },
        { uid: 1, stake_tao: '20.5', permit: true, ip: '127.0.0.3', incentive: 1, dividends: 0.5 },
      ],
    });
  });
});

const anyRao = fc.bigInt(1n, 10n ** 18n);

const neuronOf = (uid: number, change: Partial<Neuron> = {}): Neuron => ({
  uid: uid as Uid,
  hotkey: hotkeyNumber(uid),
  coldkey: 'COLD' as Coldkey,
  stake: 0n as Rao,
  permit: false,
  roles: [],
  registeredAt: 3 as Block,
  lastUpdate: 3 as Block,
  ...change,
});

const STATE: SubnetState = {
  metagraph: {
    head: { number: 7 as Block, hash: '00'.repeat(32) as Digest, time: START },
    epochStart: 5 as Block,
    tempo: 10,
    permitsRequired: true,
    stakeInAlpha: true,
    neurons: [
      neuronOf(0),
      neuronOf(1, {
        stake: 20_500_000_000n as Rao,
        permit: true,
        roles: ['miner'],
        lastUpdate: 6 as Block,
      }),
    ],
  },
  limits: {
    rate: 100,
    versionKey: 3n,
    least: 1,
    most: 65_535,
    commitReveal: false,
    revealPeriod: 1,
  },
  axons: [],
  price: 1_000_000_000n,
  pool: { tao: tao(1_000), alpha: tao(1_000) },
  burn: 100_000_000n as Rao,
  maxUids: 256,
  emission: [0n, 1n],
  incentives: [0, 65_535],
  dividends: [0, 32_768],
};

interface Made {
  readonly hotkey?: Hotkey;
  readonly balance?: Rao;
  /** Undefined where there is no terminal. */
  readonly answer?: boolean | undefined;
  readonly fault?: Error;
}

/** A chain that takes what it is sent, a wallet, and a person. */
function worldOf({ hotkey = 'NEW' as Hotkey, balance = tao(5), answer, fault }: Made) {
  const sent: ChainCall[] = [];
  const opened: string[] = [];
  const signers: Signers = {
    address: async (of) => (of === 'hotkey' ? hotkey : ('COLD' as Hotkey)),
    with: async (key: KeyName, work) => {
      opened.push(key);
      try {
        return await work({ publicKey: new Uint8Array(32), sign: () => undefined });
      } finally {
        opened.push(`${key} forgotten`);
      }
    },
  };
  const world = {
    out: '',
    err: '',
    closed: 0,
    sent,
    opened,
    io: {
      out: (text: string) => void (world.out += text),
      err: (text: string) => void (world.err += text),
    },
    asking: { canAsk: answer !== undefined, ask: async () => answer === true },
    signers,
    open: async (): Promise<ChainDesk> => ({
      endpoint: 'ws://127.0.0.1:9944',
      netuid: 343,
      state: STATE,
      endpointOf: (who) =>
        who === hotkeyNumber(1)
          ? { peerKey: new Uint8Array(32), ip: '127.0.0.3', port: 9 }
          : undefined,
      balanceOf: async () => balance,
      call: async (_, call) => {
        if (fault !== undefined) throw fault;
        sent.push(call);
        return { block: 8 as Block, hash: '0x' };
      },
      close: async () => void world.closed++,
    }),
  };
  return world;
}
