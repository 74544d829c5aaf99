import type { MultiaddrConnection } from '@libp2p/interface';
import { describe, expect, it } from 'vitest';
import { until } from './testing/network.ts';
import { Turnstile } from './turnstile.ts';

describe('Turnstile', () => {
  it('reads one piece of each stranger, and then of one after the other', async () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => new Visitor(name, order));
    for (const one of all) turnstile.hold(one.connection);
    for (const one of all) one.sends(2);
    // All that had come by then, and not a second of any.
    expect(order).toEqual(['a', 'b', 'c']);
    await until(() => order.length === 6);
    expect(order.slice(3)).toEqual(['a', 'b', 'c']);
  });

  it('reads on by itself where those who wait have nothing more to say', async () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const [first, second] = [new Visitor('first', order), new Visitor('second', order)];
    for (const one of [first, second]) turnstile.hold(one.connection);
    for (const one of [first, second]) one.sends(1);
    await until(() => !first.isPaused && !second.isPaused);
    second.sends(1);
    expect(order).toEqual(['first', 'second', 'second']);
  });

  it('reads who is known as it comes, at once where it waited', () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const known = new Visitor('known', order);
    turnstile.hold(known.connection);
    known.sends(3);
    expect(order).toHaveLength(1);
    turnstile.release(known.connection);
    expect(order).toHaveLength(3);
    known.sends(2);
    expect(order).toHaveLength(5);
    turnstile.hold(known.connection);
    known.sends(2);
    expect(order).toHaveLength(6);
  });

  it('forgets who is gone', async () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const [gone, next] = [new Visitor('gone', order), new Visitor('next', order)];
    for (const one of [gone, next]) turnstile.hold(one.connection);
    for (const one of [gone, next]) one.sends(2);
    gone.leaves();
    await until(() => order.length === 3);
    expect(order).toEqual(['gone', 'next', 'next']);
    expect(gone.isPaused).toBe(true);
  });
});

/** A connection that keeps what comes while it is paused, as a socket does. */
class Visitor extends EventTarget {
  readonly connection: Pick<
    MultiaddrConnection,
    'pause' | 'resume' | 'status' | 'addEventListener'
  >;
  readonly #name: string;
  readonly #order: string[];
  status: MultiaddrConnection['status'] = 'open';
  isPaused = false;
  #waiting = 0;

  constructor(name: string, order: string[]) {
    super();
    this.#name = name;
    this.#order = order;
    this.connection = this;
  }

  sends(pieces: number): void {
    this.#waiting += pieces;
    this.#deliver();
  }

  leaves(): void {
    this.status = 'closed';
    this.dispatchEvent(new Event('close'));
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#waiting > 0 && !this.isPaused) {
      this.#waiting -= 1;
      this.#order.push(this.#name);
      this.dispatchEvent(new Event('message'));
    }
  }
}
