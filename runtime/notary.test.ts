import { describe, expect, it } from 'vitest';
import type { Hotkey } from '../protocols/units.ts';
import { notaryContract } from './notary.contract.ts';
import { mockKey, mockNotary, notary } from './notary.ts';

describe('mockKey', () => {
  it('is the same key for the same seed, here and everywhere', () => {
    const { hotkey } = mockKey('miner-1');
    expect(hotkey).toBe('619c8462292fb866978affa3ca01d352997f1fcfd0a6eb8b95021fe7c91eb854');
    expect(mockKey('miner-1').hotkey).toBe(hotkey);
    expect(mockKey('miner-2').hotkey).not.toBe(hotkey);
  });
});

describe('the mock notary', () => {
  it('signs the same each time, so that a run repeats', () => {
    const said = new Uint8Array([1, 2, 3]);
    const { hotkey } = mockKey('é');
    const signature = mockNotary('é').sign(hotkey, said);
    expect(signature).toEqual(mockNotary('another', 'é').sign(hotkey, said));
    expect(signature).toHaveLength(64);
  });
});

const FIRST = mockKey('a').hotkey;

notaryContract('the mock notary as any', async () => ({
  own: mockNotary('a', ''),
  hotkeys: [FIRST, mockKey('').hotkey],
  nobody: notary([]),
  other: mockKey('c').hotkey,
  misspelt: [FIRST.toUpperCase(), `0x${FIRST}`, FIRST.slice(1), 'f'.repeat(64)],
  numbered: (count) => count.toString(16).padStart(64, '0') as Hotkey,
  // A run takes some 2 ms.
  runs: 200,
}));
