import type { Address } from '../../protocols/messages.ts';
import { hotkeyOf } from '../../protocols/messages.ts';
import { LINE_VERSION } from './frames.ts';
import { NETWORK, TestNetwork, until, type TestNode } from './testing/network.ts';
import { RawPeer, type RawStream } from './testing/raw-peer.ts';
import { transportContract, type LineUnderTest } from './transport.contract.ts';

transportContract(
  'libp2p',
  async (options): Promise<LineUnderTest> => {
    const network = new TestNetwork();
    const left = await network.node('left', options);
    const right = await network.node('right', options);
    const end = ({ hotkey, notary, line }: TestNode) => ({ hotkey, notary, transport: line });
    const injector = new Injector(network, [left, right]);
    return {
      left: end(left),
      right: end(right),
      settle: async () => {
        await injector.settle();
        await network.settle();
      },
      inject: (to, bytes, from) => injector.inject(to, bytes, from),
      close: async () => {
        await injector.close();
        await network.close();
      },
    };
  },
  { runs: 8 }, // Each opens two nodes.
);

/** A peer that has a node's key, as its own operator has who changes the program. */
class Injector {
  readonly #network: TestNetwork;
  readonly #nodes: readonly TestNode[];
  #raw: RawPeer | undefined;
  #stream: RawStream | undefined;
  #sent = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(network: TestNetwork, nodes: readonly TestNode[]) {
    this.#network = network;
    this.#nodes = nodes;
  }

  inject(to: Address, bytes: Uint8Array, from: Address): void {
    this.#last = this.#inject(this.#last, to, bytes, from);
  }

  async #inject(before: Promise<void>, to: Address, bytes: Uint8Array, from: Address) {
    await before;
    const stream = (this.#stream ??= await this.#open(to, from));
    stream.message(`injected.${this.#sent++}`, bytes);
  }

  /** Until all of it was dealt with. */
  async settle(): Promise<void> {
    await this.#last;
    await until(() => (this.#stream?.heard.length ?? 1) === this.#sent + 1);
  }

  async close(): Promise<void> {
    await this.#raw?.close();
  }

  async #open(to: Address, from: Address): Promise<RawStream> {
    const sender = this.#nodes.find(({ hotkey }) => hotkey === hotkeyOf(from));
    const endpoint = this.#network.directory.endpointOf(hotkeyOf(to));
    if (sender === undefined || endpoint === undefined) throw new Error('nobody is there');
    this.#raw = await RawPeer.open(sender.seed);
    const stream = await this.#raw.stream(endpoint);
    const now = this.#network.clock.now();
    stream.greet({ ...NETWORK, version: LINE_VERSION, hotkey: sender.hotkey, now });
    await until(() => stream.heard.length > 0);
    return stream;
  }
}
