import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_WALLET, isSoundName, walletFiles } from './layout.ts';

describe('walletFiles', () => {
  it('lie where btcli has them', () => {
    expect(walletFiles(DEFAULT_WALLET, '/home/ann')).toEqual({
      coldkey: '/home/ann/.bittensor/wallets/default/coldkey',
      coldkeypub: '/home/ann/.bittensor/wallets/default/coldkeypub.txt',
      hotkey: '/home/ann/.bittensor/wallets/default/hotkeys/default',
      hotkeypub: '/home/ann/.bittensor/wallets/default/hotkeys/defaultpub.txt',
    });
    const names = { name: 'n', hotkey: 'h', path: './w//' };
    expect(walletFiles(names, '/home/ann').hotkey).toBe('./w/n/hotkeys/h');
    expect(walletFiles({ ...names, path: '/' }, '/').coldkey).toBe('//n/coldkey');
    expect(walletFiles({ ...names, path: '~' }, '/h').coldkey).toBe('/h/n/coldkey');
    expect(walletFiles({ ...names, path: '~bob' }, '/h').coldkey).toBe('~bob/n/coldkey');
  });

  it('never lie anywhere but below the path, whatever the names', () => {
    fc.assert(
      fc.property(anyName, anyName, (name, hotkey) => {
        const isSound = isSoundName(name) && isSoundName(hotkey);
        const files = () => walletFiles({ name, hotkey, path: '/w' });
        if (!isSound) {
          expect(files).toThrow(/--wallet\.(name|hotkey) is .*; allowed: 1 to 200 characters/);
          return;
        }
        const { hotkey: file } = files();
        expect(
          new URL(`file://${file.replaceAll(/[%?#]/g, '_')}`).pathname.split('/'),
        ).toHaveLength(5);
      }),
    );
  });

  it.each(['', '.', '..', 'a/b', '/', 'a\\b', 'a\0b', 'a\nb', '\u001b[2J', '.ssh', 'apub.txt'])(
    'refuse the name %j',
    (name) => {
      expect(() => walletFiles({ ...DEFAULT_WALLET, name })).toThrow('--wallet.name is');
      expect(() => walletFiles({ ...DEFAULT_WALLET, hotkey: name })).toThrow('--wallet.hotkey is');
    },
  );

  it('refuse a path that is none', () => {
    for (const path of ['', 'a\0', 'x'.repeat(3_001)]) {
      expect(() => walletFiles({ ...DEFAULT_WALLET, path })).toThrow('--wallet.path is');
    }
    expect(isSoundName('é'.repeat(100))).toBe(true);
    expect(isSoundName('é'.repeat(101))).toBe(false);
  });
});

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '~', ' '), maxLength: 5 }),
  fc.constantFrom('x'.repeat(200), 'x'.repeat(201), 'k.part', 'pub.txt', 'default'),
);
