import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Note, Reply, Service } from '../actors/actor.ts';
import type { Address } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import type { Happening, Loss } from './host.ts';
import { Observer } from './observe.ts';

describe('Observer', () => {
  it('counts whether or not anybody listens', () => {
    const observer = new Observer();
    observer.received('query').count++;
    observer.received('never');
    observer.lost(loss('overflow'));
    observer.lost(loss('overflow'));
    observer.noted(refused, SELF, NOW);
    observer.replied(timeout, SELF, NOW);
    observer.crashed({ is: 'crashed', at: NOW, actor: SELF, cause: 'why', times: 1 });
    expect(observer.counts()).toEqual({
      received: new Map([['query', 1]]),
      refused: new Map([['batch late', 1]]),
      lost: new Map([['overflow', 2]]),
      replied: new Map([['audit timeout', 1]]),
      crashes: new Map([[SELF, 1]]),
      listenerErrors: 0,
    });
  });

  it('tells everybody everything that happens while they listen', () => {
    const observer = new Observer();
    const [told, streamed]: [Happening[], Happening[]] = [[], []];
    expect(observer.watched).toBe(false);
    const stop = observer.listen((happening) => told.push(happening));
    const subscription = observer.happenings.subscribe((happening) => streamed.push(happening));
    expect(observer.watched).toBe(true);

    observer.lost(loss('forged'));
    observer.noted(refused, SELF, NOW);
    observer.replied(timeout, SELF, NOW, 'cause');
    stop();
    expect(observer.watched).toBe(true);
    subscription.unsubscribe();
    expect(observer.watched).toBe(false);

    expect(told).toEqual([
      { is: 'lost', at: NOW, loss: loss('forged') },
      { is: 'noted', at: NOW, actor: SELF, note: refused },
      { is: 'replied', at: NOW, actor: SELF, reply: timeout, cause: 'cause' },
    ]);
    expect(streamed).toEqual(told);
  });

  it('loses nothing for one listener by the mistakes of others', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 6 }), fc.nat(10), (throwing, count) => {
        const observer = new Observer();
        let heard = 0;
        for (const isThrowing of throwing) {
          observer.listen(() => {
            heard++;
            if (isThrowing) throw new Error('mine');
          });
        }
        for (let at = 0; at < count; at++) observer.lost(loss('stopped'));
        expect(heard).toBe(throwing.length * count);
        expect(observer.counts().listenerErrors).toBe(throwing.filter(Boolean).length * count);
      }),
    );
  });

  it('hears one listener twice that listens twice, and once after it stopped once', () => {
    const observer = new Observer();
    let heard = 0;
    const listener = (): void => void heard++;
    const stop = observer.listen(listener);
    observer.listen(listener);
    observer.lost(loss('stopped'));
    stop();
    observer.lost(loss('stopped'));
    expect(heard).toBe(3);
  });

  it('shows counts as they were, not as they become', () => {
    const observer = new Observer();
    const before = observer.counts();
    observer.lost(loss('stopped'));
    expect(before.lost.size).toBe(0);
  });
});

const NOW = 1_760_000_000_000 as Instant;
const SELF = 'validator/5V' as Address;
const loss = (why: Loss['why']): Loss => ({ why, at: NOW });
const refused: Note = { note: 'refused', kind: 'batch', from: SELF, why: 'late' };
const timeout = {
  service: 'audit',
  input: {},
  outcome: { ok: false, fault: 'timeout' },
} as unknown as Reply<Service>;
