import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { tao } from '../../../protocols/units.ts';
import { littleRuntime, type LittleRuntime } from '../testing/little-metadata.ts';
import { serveAxonTls } from './axon.ts';
import {
  addStake,
  burnedRegister,
  checkCalls,
  commitWeights,
  removeStake,
  revealWeights,
  setWeights,
  type ChainCall,
} from './calls.ts';
import { hexOf } from './session.ts';

let runtime: LittleRuntime;
let alice: string;
let bob: string;
beforeAll(async () => {
  await cryptoWaitReady();
  runtime = littleRuntime();
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  [alice, bob] = ['//Alice', '//Bob'].map((uri) => keyring.addFromUri(uri).address) as [
    string,
    string,
  ];
});

const bytesOf = ({ name, args }: ChainCall): string =>
  runtime.tx['subtensorModule']?.[name]?.(...args).toHex() ?? '';

describe('a call', () => {
  it('has the bytes that a real runtime took', () => {
    const golden: readonly (readonly [ChainCall, string])[] = [
      [setWeights(343, [0, 1], [65_535, 1], 0n), '0x07005701080000010008ffff01000000000000000000'],
      [
        addStake(alice, 343, tao(20)),
        '0x0702d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d570100c817a804000000',
      ],
      [
        removeStake(alice, 343, 1_000_000_000n),
        '0x0703d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d570100ca9a3b00000000',
      ],
      [
        burnedRegister(343, bob),
        '0x070757018eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
      ],
      [commitWeights(343, Buffer.alloc(32, 0x11)), `0x07605701${'11'.repeat(32)}`],
      [
        revealWeights(343, { uids: [1, 3], values: [100, 300], salt: [7, 11, 13], versionKey: 0n }),
        '0x0761570108010003000864002c010c07000b000d000000000000000000',
      ],
    ];
    for (const [call, bytes] of golden) expect(bytesOf(call)).toBe(bytes);
  });

  it('announces an axon as the golden one, with our protocol, roles and key behind it', () => {
    const call = serveAxonTls(343, 1_001, {
      ip: '127.0.0.2',
      port: 8_091,
      roles: ['pool', 'validator'],
      peerKey: Buffer.alloc(32, 0xab),
    });
    // serveAxon's golden bytes are `0704 5701e9030000 02…7f 9b1f 04 04 00 00`.
    const address = '5701e90300000200007f0000000000000000000000009b1f04';
    expect(bytesOf(call)).toBe(`0x0728${address}1106008401${'ab'.repeat(32)}`);
  });
});

describe('a chain', () => {
  it('is known where it has the calls that we make', () => {
    expect(checkCalls(runtime.tx)).toEqual({ canCommit: true });
  });

  it('is refused in plain words where a call is gone or takes something else', () => {
    const gone = littleRuntime((call) => (call[0] === 'add_stake' ? undefined : call));
    expect(() => checkCalls(gone.tx)).toThrow(/it has no call addStake.*Update leadpoet/);
    const [from, to] = ['netuid u16, hotkey AccountId32', 'hotkey AccountId32, netuid u16'];
    const turned = littleRuntime(([name, index, args]) => [name, index, args === from ? to : args]);
    expect(() => checkCalls(turned.tx)).toThrow(`its burnedRegister takes (${to}), not (${from})`);
  });

  it('that takes no hashes of weights is used without them', () => {
    const timelocked = littleRuntime((call) => (call[0] === 'commit_weights' ? undefined : call));
    expect(checkCalls(timelocked.tx)).toEqual({ canCommit: false });
  });
});

describe('bytes', () => {
  it('are written as the node reads them', () => {
    expect(hexOf(Uint8Array.of(0, 255))).toBe('0x00ff');
  });
});
