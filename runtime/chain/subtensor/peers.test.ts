import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Neuron } from '../../../protocols/metagraph.ts';
import type { Block, Coldkey, Hotkey, Rao, Uid } from '../../../protocols/units.ts';
import type { ChainAxon } from './axon.ts';
import { Peers } from './peers.ts';

describe('peers', () => {
  it('are where they announced last, with the key of that announcement, each read once', async () => {
    const chain = new Chain();
    chain.serve(0, 10, 1);
    chain.serve(1, 11, 2);
    await chain.look();
    expect([chain.keyOf(0), chain.keyOf(1)]).toEqual([1, 2]);
    expect([chain.hotkeyOf(1), chain.hotkeyOf(2), chain.hotkeyOf(3)]).toEqual([
      '0',
      '1',
      undefined,
    ]);
    await chain.look();
    expect(chain.read).toEqual(['0', '1']);
    chain.serve(0, 12, 3);
    await chain.look();
    expect(chain.read).toEqual(['0', '1', '0']);
    expect([chain.hotkeyOf(1), chain.hotkeyOf(3)]).toEqual([undefined, '0']);
  });

  it('that are gone are nowhere', async () => {
    const chain = new Chain();
    chain.serve(0, 10, 1);
    chain.serve(1, 11, 2);
    await chain.look();
    chain.leave(0);
    await chain.look();
    expect([chain.keyOf(0), chain.hotkeyOf(1), chain.hotkeyOf(2)]).toEqual([
      undefined,
      undefined,
      '1',
    ]);
  });

  it('keep their key, whoever announces it after them', async () => {
    const chain = new Chain();
    chain.serve(1, 10, 7);
    await chain.look();
    chain.serve(0, 11, 7);
    await chain.look();
    expect(chain.hotkeyOf(7)).toBe('1');
    // It announces itself anew, at another address: the thief's announcement is older now.
    chain.serve(1, 12, 7);
    await chain.look();
    expect(chain.hotkeyOf(7)).toBe('1');
    // Who comes only then believes the older one.
    const late = chain.asSeenLate();
    await chain.look(late);
    expect(late.hotkeyOf(keyBytes(7))).toBe('0');
  });

  it('are the same for who looked at each block and for who looked at the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.boolean())), async (steps) => {
        const chain = new Chain();
        for (const [index, [uid, isServing]] of steps.entries()) {
          // A key of its own each time: who had one first is another matter.
          if (isServing) chain.serve(uid, index + 1, index + 1);
          else chain.leave(uid);
          await chain.look();
        }
        const late = chain.asSeenLate();
        await chain.look(late);
        for (const hotkey of ['0', '1', '2', '3'] as Hotkey[]) {
          expect(chain.peers.endpointOf(hotkey)).toEqual(late.endpointOf(hotkey));
        }
        for (let key = 0; key <= steps.length; key++) {
          expect(chain.hotkeyOf(key)).toBe(late.hotkeyOf(keyBytes(key)));
        }
      }),
      { numRuns: 50 },
    );
  });
});

const keyBytes = (key: number): Uint8Array => new Uint8Array(32).fill(key);

/** Four neurons, their axons and certificates, and who asked for which of these. */
class Chain {
  readonly peers = new Peers();
  readonly read: string[] = [];
  readonly #neurons: readonly Neuron[] = [0, 1, 2, 3].map((uid) => ({
    uid: uid as Uid,
    hotkey: String(uid) as Hotkey,
    coldkey: '' as Coldkey,
    stake: 0n as Rao,
    permit: false,
    roles: [],
    registeredAt: 0 as Block,
    lastUpdate: 0 as Block,
  }));
  readonly #axons: ChainAxon[] = this.#neurons.map(() => NONE);
  readonly #keys = new Map<string, number>();

  serve(uid: number, block: number, key: number): void {
    this.#axons[uid] = {
      block,
      ip: 0x7f000002n,
      ipType: 4,
      port: 80,
      protocol: 17,
      placeholder1: 1,
    };
    this.#keys.set(String(uid), key);
  }

  leave(uid: number): void {
    this.#axons[uid] = NONE;
  }

  asSeenLate(): Peers {
    return new Peers();
  }

  async look(peers: Peers = this.peers): Promise<void> {
    const node = {
      storageOf: async (_: string, name: string, keys: readonly (readonly unknown[])[]) => {
        expect(name).toBe('neuronCertificates');
        return keys.map(([, hotkey]) => {
          if (peers === this.peers) this.read.push(String(hotkey));
          const bytes = keyBytes(this.#keys.get(String(hotkey)) ?? 0);
          return { algorithm: { toString: () => '1' }, publicKey: { toU8a: () => bytes } } as never;
        });
      },
    };
    await peers.update(node, 343, this.#neurons, this.#axons, '0x');
  }

  keyOf(uid: number): number | undefined {
    return this.peers.endpointOf(String(uid) as Hotkey)?.peerKey[0];
  }

  hotkeyOf(key: number): Hotkey | undefined {
    return this.peers.hotkeyOf(keyBytes(key));
  }
}

const NONE: ChainAxon = { block: 0, ip: 0n, ipType: 0, port: 0, protocol: 0, placeholder1: 0 };
