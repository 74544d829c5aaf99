import { describe, expect, it } from 'vitest';
import type { Digest, Hotkey, Instant } from '../../protocols/units.ts';
import type { Endpoint, PeerDirectory } from '../live.ts';
import { LINE_VERSION } from './frames.ts';
import { isAnnounced, LatestStatements, welcome } from './greeting.ts';

const [OWNER, SQUATTER, NOBODY] = ['5Owner', '5Squatter', '5Nobody'] as [Hotkey, Hotkey, Hotkey];
const [KEY, OTHER] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)];
const NOW = 1_790_000_000_000 as Instant;
const AT: Endpoint = { peerKey: KEY, ip: '93.184.215.14', port: 8091 };

/** Where the squatter has announced the owner's key too, and is taken for its holder. */
const squatted: PeerDirectory = {
  endpointOf: (hotkey) => (hotkey === NOBODY ? undefined : AT),
  hotkeyOf: () => SQUATTER,
};
const network = { genesis: 'a'.repeat(64), netuid: 343, rules: 'b'.repeat(64) as Digest };
const door = {
  network,
  directory: squatted,
  notary: { check: () => true },
  statements: new LatestStatements(),
};
const greeting = { version: LINE_VERSION, ...network, now: NOW, hotkey: OWNER };

describe('a greeting', () => {
  it('proves who has announced the key of its line, whoever else has', () => {
    expect(welcome(door, greeting, KEY, NOW)).toEqual({ hotkey: OWNER, peerKey: KEY, by: 'chain' });
    expect(isAnnounced(squatted, OWNER, KEY)).toBe(true);
  });

  it('proves nothing by another key than was announced, nor of who has announced none', () => {
    expect(welcome(door, greeting, OTHER, NOW)).toBe('unproven');
    expect(welcome(door, { ...greeting, hotkey: NOBODY }, KEY, NOW)).toBe('unproven');
  });

  it('names the first thing in which the two differ', () => {
    const other = (change: object) => welcome(door, { ...greeting, ...change }, KEY, NOW);
    expect(other({ version: LINE_VERSION + 1 })).toBe('version');
    expect(other({ genesis: 'c'.repeat(64) })).toBe('genesis');
    expect(other({ netuid: 1 })).toBe('netuid');
    expect(other({ rules: 'c'.repeat(64) })).toBe('rules');
    expect(other({ now: NOW - 30_001 })).toBe('clock');
    expect(other({ now: NOW + 30_000 })).toMatchObject({ by: 'chain' });
  });
});
