import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Rao } from '../../protocols/units.ts';
import { answerOf, leadOf } from '../store/testing/answered.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { PERSON_PATIENCE } from './ledger-file.ts';
import { Ledger } from './ledger.ts';
import { openLedgerCharge } from './ledger-charge.ts';
import { costOf } from './price.ts';
import { deliveredFor, NOW, SPENT_BY } from './testing/spender.ts';

describe('the charge of a query', () => {
  it('refuses by how much is lacking, and states what was paid, also when asked again', () => {
    const { file, charge, ledger } = opened();
    const order = { nonce: 1, caller: 'acme', want: { leads: 10 } };
    expect(charge.reserve(order)).toEqual({ need: 70n, has: 0n });
    ledger.topUp({ account: 'acme', rao: 100n as Rao, reference: 'r', note: '' }, NOW);
    expect(charge.reserve(order)).toBeUndefined();
    expect(charge.reserve({ ...order, nonce: 2 })).toEqual({ need: 70n, has: 30n });

    const answer = answerOf('q', [leadOf({}), leadOf({})], { nonce: 1 });
    const price = { tao: '0.000000014', tier: 'first', leads: 2 };
    expect(charge.settle(order, answer)).toEqual(price);
    expect(charge.settle(order, answer)).toEqual(price);
    expect(charge.priceOf(answer.query)).toEqual(price);
    expect(ledger.balanceOf('acme')).toMatchObject({ balance: 86n, held: 0n });

    const nothing = answerOf('q2', [], { nonce: 2 });
    expect(charge.settle({ ...order, nonce: 2 }, nothing)).toBeUndefined();
    ledger.close();
    charge.close();
    expect(() => charge.reserve(order)).toThrow(`${file} cannot be written`);
  });

  it('is paid once each and leaves nothing set aside, whenever the process is killed', async () => {
    const { file, charge, ledger } = opened();
    charge.close();
    const rich = { account: 'acme', rao: 10_000_000n as Rao, note: '' };
    let paid = 0n;
    let next = 0;
    const topUp = (reference: string): void => {
      // Entered by a process of its own, while the other one spends.
      if (ledger.topUp({ ...rich, reference }, NOW)?.isNew) paid += rich.rao;
    };
    topUp('first');
    for (const [life, queries] of [4, 9, 14].entries()) {
      next = await spendUntilKilled(file, next, queries, () => topUp(`life ${life}`));
      ledger.keepOnly(new Set());
      // What was open when it ended is found to be answered, and settled again.
      ledger.charge(deliveredFor(next), SPENT_BY, NOW);
      next++;
    }
    // All of it once more: whatever was charged is charged.
    for (let number = 0; number < next; number++) {
      if (number % 7 !== 0) ledger.charge(deliveredFor(number), SPENT_BY, NOW);
    }
    const lines = ledger.history('acme', 100_000);
    const charges = lines.filter(({ kind }) => kind === 'charge');
    expect(new Set(charges.map(({ reference }) => reference)).size).toBe(charges.length);
    const leads = charges.reduce((sum, line) => sum + (line.leads ?? 0), 0);
    const spent = costOf(SPENT_BY, { before: 0, leads });
    expect(ledger.balanceOf('acme')).toMatchObject({ balance: paid - spent, held: 0n });
    ledger.close();
  }, 120_000);
});

/** Gives back the number of the query that was under way. */
async function spendUntilKilled(
  file: string,
  first: number,
  queries: number,
  meanwhile: () => void,
): Promise<number> {
  const script = fileURLToPath(new URL('./testing/spender.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = first;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === first + Math.floor(queries / 2)) meanwhile();
    if (last === first + queries) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return last;
}

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-charge-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
let count = 0;

function opened() {
  const file = join(DIRECTORY, `${count++}.sqlite`);
  const clock = new VirtualClock(NOW);
  const charge = openLedgerCharge({ file, list: SPENT_BY, clock, say: () => undefined });
  return { file, charge, ledger: new Ledger(file, PERSON_PATIENCE) };
}
