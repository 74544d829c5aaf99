import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Instant, QueryId, Rao } from '../../protocols/units.ts';
import { LEDGER_FILE } from '../prices/ledger-file.ts';
import { Ledger } from '../prices/ledger.ts';
import { balanceHistory, balanceShow, balanceTopUp, type BalanceOptions } from './balance.ts';

describe('leadpoet balance', () => {
  it('enters a payment, and shows what is there while the node serves', () => {
    const node = new Ledger(join(DIR, LEDGER_FILE));
    expect(topUp('1.5', { account: 'acme', note: 'by bank' })).toEqual({
      code: 0,
      out: '1.5 TAO for acme entered; it has 1.5 TAO free\n',
    });
    const hold = { nonce: 1, account: 'acme', leads: 100 };
    expect(node.hold(hold, LIST, NOW)).toBeUndefined();
    expect(said(balanceShow, { account: 'acme' }).out).toMatch(/acme +1\.5 +1 +0\.5\n/);
    node.charge({ ...hold, query: 'q1' as QueryId, leads: 20 }, LIST, NOW);
    expect(said(balanceShow, {}).out).toMatch(/acme +1\.3 +0 +1\.3\n/);
    node.close();

    const { out } = said(balanceHistory, { account: 'acme' });
    expect(out).toMatch(/charge +-0\.2 +1\.3 +20 +all +q1\n/);
    expect(out).toMatch(/top-up +\+1\.5 +1\.5 .*by bank\n/);
  });

  it('counts a payment once by its reference, and refuses it for another', () => {
    const paid = { account: 'globex', reference: 'invoice 7' };
    topUp('2', paid);
    expect(topUp('2', paid).out).toContain(
      'was entered before, and counts once; it has 2 TAO free',
    );
    expect(() => topUp('3', paid)).toThrow('--reference is "invoice 7"; allowed: another');
    expect(() => topUp('2', { ...paid, account: 'acme' })).toThrow('it stands for 2 TAO of globex');
  });

  it('is one document for scripts', () => {
    const { out } = said(balanceShow, { account: 'nobody', json: true });
    expect(JSON.parse(out)).toEqual({
      format: 'leadpoet.balance/1',
      lines: [{ account: 'nobody', balance: '0', held: '0', free: '0' }],
    });
    expect(said(balanceHistory, { account: 'nobody', json: true })).toMatchObject({ code: 1 });
  });

  it('refuses by name what is no amount, no account, no note, or more than there is', () => {
    expect(() => topUp('0', { account: 'acme' })).toThrow('TAO is "0"; allowed: TAO above 0');
    expect(() => topUp('-1', { account: 'acme' })).toThrow('TAO is "-1"');
    expect(() => topUp('1', {})).toThrow('--account is missing; allowed: a name of --http.tokens');
    expect(() => topUp('1', { account: 'a b' })).toThrow('--account is "a b"');
    expect(() => topUp('1', { account: 'acme', note: '\u001b[2J' })).toThrow('--note is');
    topUp('20999999', { account: 'rich' });
    expect(() => topUp('2', { account: 'rich' })).toThrow('allowed: what makes at most 21000000');
  });

  it('begins no ledger where no node has been', () => {
    expect(() => topUp('1', { account: 'acme', 'wallet.hotkey': 'typo' })).toThrow(
      'start `leadpoet serve` once',
    );
  });
});

const NOW = 1_764_000_000_000 as Instant;
const LIST = {
  by: 'delivery',
  prepaid: true,
  tiers: [{ name: 'all', from: 1, each: 10_000_000n as Rao }],
} as const;

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-balance-'));
const DIR = join(DIRECTORY, 'mock', 'buyer', 'b1');
mkdirSync(DIR, { recursive: true });
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

const topUp = (amount: string, options: BalanceOptions) =>
  said((all, io) => balanceTopUp(amount, all, io), options);

function said(command: typeof balanceShow, options: BalanceOptions) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: (text: string) => (out += text) };
  const node = { mock: true, dataDir: DIRECTORY, 'wallet.hotkey': 'b1' };
  return { code: command({ ...node, ...options }, io), out };
}
