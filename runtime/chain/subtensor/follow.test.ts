import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow, type Following, type Link } from './follow.ts';
import type { Hex } from './session.ts';

describe('following a chain', () => {
  it('takes every block of the best chain in order, through any forks', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const node = new ForkingNode();
        const here = new Here(node);
        const following = follow(node, here);
        for (const { back, blocks } of steps) {
          node.fork(back);
          node.grow(blocks);
          node.tell();
          await node.quiet();
          expect(here.hashes()).toEqual(node.chain.slice(node.chain.length - here.size));
          expect(here.newest()).toBe(node.height);
        }
        // Each block was put upon its parent, or upon the one where the fork began.
        for (const { number, hash } of here.taken) expect(node.known.get(hash)).toBe(number);
        node.end();
        await following;
      }),
      { numRuns: 40 },
    );
  });

  it('goes on with the next head where a block could not be read', async () => {
    const node = new ForkingNode();
    const here = new Here(node);
    const following = follow(node, here);
    node.grow(1);
    here.isBroken = true;
    node.tell();
    await node.quiet();
    expect(here.faults).toBe(1);
    here.isBroken = false;
    node.grow(2);
    node.tell();
    await node.quiet();
    expect(here.newest()).toBe(node.height);
    node.end();
    await following;
  });

  it('leaves most of a long absence to who asks for it', async () => {
    const node = new ForkingNode();
    const here = new Here(node);
    const following = follow(node, here);
    node.grow(500);
    node.tell();
    await node.quiet();
    expect(here.newest()).toBe(node.height);
    expect(here.taken.length).toBe(64);
    node.end();
    await following;
  });
});

const anySteps = fc.array(
  fc.record({ back: fc.nat({ max: 6 }), blocks: fc.integer({ min: 1, max: 9 }) }),
  { maxLength: 8 },
);

/** A node whose chain grows, and is another from some block on. */
class ForkingNode {
  readonly chain: Hex[] = [nameOf(0)];
  readonly known = new Map<string, number>([[nameOf(0), 0]]);
  readonly #parents = new Map<string, Hex>();
  readonly ended: Promise<string>;
  isOpen = true;
  #count = 0;
  #each: (header: unknown) => void = () => {};
  #end: (why: string) => void = () => {};
  #asked = 0;

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get height(): number {
    return this.chain.length - 1;
  }

  fork(back: number): void {
    // What follows is longer than what was left, as a best chain is.
    const left = Math.min(back, this.height);
    this.chain.length -= left;
    this.grow(left);
  }

  grow(blocks: number): void {
    for (let count = 0; count < blocks; count++) {
      const hash = nameOf(++this.#count);
      this.#parents.set(hash, this.chain.at(-1) ?? nameOf(0));
      this.chain.push(hash);
      this.known.set(hash, this.height);
    }
  }

  tell(): void {
    this.#each({ number: `0x${this.height.toString(16)}` });
  }

  end(): void {
    this.isOpen = false;
    this.#end('over');
  }

  async send(method: string, params: readonly unknown[]): Promise<unknown> {
    this.#asked++;
    const [which] = params;
    if (method === 'chain_getBlockHash') return this.chain[Number(which)] ?? null;
    return { parentHash: this.#parents.get(String(which)) };
  }

  async subscribe(_: unknown, __: unknown, each: (header: unknown) => void): Promise<() => void> {
    this.#each = each;
    return () => {};
  }

  /** Until nothing is asked for any more. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.#asked;) {
      before = this.#asked;
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    }
  }
}

class Here implements Following {
  readonly taken: Link[] = [];
  isBroken = false;
  faults = 0;
  readonly #blocks = new Map<number, string>();
  #newest = 0;

  constructor(node: ForkingNode) {
    this.#blocks.set(0, node.chain[0]?.slice(2) ?? '');
  }

  get size(): number {
    return this.#blocks.size;
  }

  readonly hashOf = (block: number): string | undefined => this.#blocks.get(block);
  readonly newest = (): number => this.#newest;
  readonly failed = (): void => void this.faults++;

  readonly take = async (link: Link): Promise<void> => {
    if (this.isBroken) throw new Error('the node is not well');
    for (let above = link.number + 1; this.#blocks.delete(above); above++);
    this.#blocks.set(link.number, link.hash.slice(2));
    this.#newest = link.number;
    this.taken.push(link);
  };

  hashes(): readonly Hex[] {
    return [...this.#blocks].toSorted(([a], [b]) => a - b).map(([, hash]) => `0x${hash}` as const);
  }
}

const nameOf = (count: number): Hex => `0x${count.toString(16).padStart(64, '0')}`;
