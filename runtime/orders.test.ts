import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeOrder, openOrder, placeOrder } from './orders.ts';

describe('an order', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'leadpoet-orders-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is found by who wants the same, until its answer was shown', () => {
    const want = { leads: 5, region: 'DE' } as const;
    expect(openOrder(dir, want)).toBeUndefined();
    placeOrder(dir, 7, want);
    placeOrder(dir, 8, { leads: 5 });
    expect([openOrder(dir, want), openOrder(dir, { leads: 5 })]).toEqual([7, 8]);
    expect(openOrder(dir, { leads: 6 })).toBeUndefined();
    closeOrder(dir, 7);
    expect(openOrder(dir, want)).toBeUndefined();
  });

  it('is passed over where its file is none, and old ones make room', () => {
    placeOrder(dir, 7, { leads: 5 });
    writeFileSync(join(dir, 'orders', '1.json'), '{"num_leads": 5');
    writeFileSync(join(dir, 'orders', '2.json'), '{"num_leads": 500}');
    expect(openOrder(dir, { leads: 5 })).toBe(7);
    for (let nonce = 100; nonce < 200; nonce++) placeOrder(dir, nonce, { leads: 9 });
    expect(readdirSync(join(dir, 'orders'))).toHaveLength(64);
    expect(openOrder(dir, { leads: 5 })).toBeUndefined();
  });
});
