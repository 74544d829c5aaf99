/**
 * The blocks of a mock chain. They ride the clock: block n is there from `genesis + n · blockTime` on,
 * and bears the hash
 *
 *     H('leadpoet.mock-block/1', seed, n)
 *
 * so that nothing is computed for a block that nobody looks at.
 */
import { defer, Observable, of } from 'rxjs';
import { digest } from '../../protocols/hash.ts';
import type { ChainView, Head, Metagraph } from '../../protocols/metagraph.ts';
import { later, type Block, type Duration, type Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import { epochStart } from './rules.ts';
import type { Subnet } from './subnet.ts';

export interface BlocksOptions {
  readonly clock: Clock;
  /** Names the blocks. */
  readonly seed: string;
  /** When block 0 was made. */
  readonly genesis: Instant;
  readonly blockTime: Duration;
  /** Who has a slot in a block that is there. */
  readonly subnet: () => Pick<Subnet, 'rules' | 'neurons'>;
  /** The block that is there when the clock says `due`: that one where absent. Never goes back. */
  readonly reach?: (due: Block) => Block;
}

/** A query's road looks at a few dozen blocks; older ones are made again when asked for. */
const MAX_METAGRAPHS = 1_024;
/** A block that is due and not there yet, where others have a say in it, is looked for this often. */
const LOOK_AGAIN = 20 as Duration;

export class Blocks {
  readonly view: ChainView;
  readonly #options: BlocksOptions;
  readonly #metagraphs = new Map<Block, Metagraph>();
  #reached = 0 as Block;

  constructor(options: BlocksOptions) {
    this.#options = options;
    const latest = (): Metagraph => this.metagraph(this.number());
    this.view = {
      get latest() {
        return latest();
      },
      at: (block) => (this.#isThere(block) ? this.metagraph(block) : undefined),
    };
  }

  /** The newest block. A clock may be set back; a chain goes on from where it was. */
  number(): Block {
    const { clock, reach } = this.#options;
    const due = Math.max(this.#reached, this.#numberAt(clock.now())) as Block;
    this.#reached = reach === undefined ? due : reach(due);
    return this.#reached;
  }

  /** One object a block, and one list of neurons for all blocks between two changes. */
  metagraph(number: Block): Metagraph {
    const known = this.#metagraphs.get(number);
    if (known !== undefined) return known;

    const subnet = this.#options.subnet();
    const { rules } = subnet;
    const hash = digest('leadpoet.mock-block/1', this.#options.seed, number);
    const metagraph: Metagraph = {
      head: { number, hash, time: this.#timeOf(number) },
      epochStart: epochStart(rules, number),
      tempo: rules.tempo,
      permitsRequired: rules.permitsRequired,
      stakeInAlpha: false,
      neurons: subnet.neurons(number),
    };
    this.#metagraphs.set(number, metagraph);
    const [oldest] = this.#metagraphs.keys();
    if (this.#metagraphs.size > MAX_METAGRAPHS && oldest !== undefined) {
      this.#metagraphs.delete(oldest);
    }
    return metagraph;
  }

  /** The first block after an instant, as soon as it is there. */
  after(instant: Instant): Observable<Head> {
    return defer(() => {
      const block = Math.max(0, this.#numberAt(instant) + 1) as Block;
      return this.when(block, () => this.metagraph(block).head);
    });
  }

  /** Emits once a block is there: at once where it is already. */
  when<T>(block: Block, make: () => T): Observable<T> {
    if (this.#isThere(block)) return of(make());
    return new Observable((subscriber) =>
      this.#onceThere(block, () => {
        subscriber.next(make());
        subscriber.complete();
      }),
    );
  }

  /** What is made of each block to come that `next` names. One timer at a time, none unwatched. */
  coming<T>(next: (block: Block) => Block, make: (block: Block) => T): Observable<T> {
    return new Observable((subscriber) => {
      let cancel = (): void => {};
      const waitFor = (block: Block): void => {
        cancel = this.#onceThere(block, () => {
          subscriber.next(make(block));
          if (!subscriber.closed) waitFor(next(block));
        });
      };
      waitFor(next(this.number()));
      return () => cancel();
    });
  }

  #onceThere(block: Block, task: () => void): () => void {
    const { clock } = this.#options;
    const look = (): void => {
      if (this.#isThere(block)) task();
      else cancel = clock.at(later(clock.now(), LOOK_AGAIN), look, 'chain');
    };
    let cancel = clock.at(this.#timeOf(block), look, 'chain');
    return () => cancel();
  }

  #isThere(block: Block): boolean {
    return Number.isInteger(block) && block >= 0 && block <= this.number();
  }

  #numberAt(instant: Instant): number {
    const { genesis, blockTime } = this.#options;
    return Math.floor((instant - genesis) / blockTime);
  }

  #timeOf(block: Block): Instant {
    const { genesis, blockTime } = this.#options;
    return (genesis + block * blockTime) as Instant;
  }
}
