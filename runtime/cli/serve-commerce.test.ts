/**
 * `leadpoet serve` with a price list and a webhook, as a process of its own that is killed between a
 * delivery and its post, while payments are entered beside it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minutes, type Instant } from '../../protocols/units.ts';
import { WallClock } from '../clock.ts';
import { ask, Stand } from '../http/testing/stand.ts';
import { Fleet, type Started } from '../testing/fleet.ts';
import { until } from '../until.ts';
import { verifySignature } from '../webhooks/signature.ts';
import { openReceiver, type Receiver } from '../webhooks/testing/receiver.ts';
import { balanceHistory, balanceTopUp } from './balance.ts';

/** Nodes start on a machine that may have much else to do. */
const LONG = 180_000;

describe('leadpoet serve, for others', () => {
  const stand = new Stand();
  const fleet = new Fleet(stand.dir);
  const clock = new WallClock();
  let receiver: Receiver;
  let served: Started;
  let url = '';
  const start = async (): Promise<void> => {
    const shop = ['--prices', fileOf('prices.toml', PRICES)];
    const hook = ['--webhook.url', receiver.url, '--webhook.secret-file', fileOf('secret', SECRET)];
    served = fleet.start('serve', 'b1', '--http.port', '0', ...shop, ...hook);
    url = await served.prints();
  };
  const fileOf = (name: string, text: string): string => {
    writeFileSync(join(stand.dir, name), text, { mode: 0o600 });
    return join(stand.dir, name);
  };
  const generate = (key: string) =>
    ask(`${url}/generate_leads`, { body: { num_leads: 1 }, headers: { 'idempotency-key': key } });
  const node = { mock: true, dataDir: stand.dir, 'wallet.hotkey': 'b1', account: 'default' };

  beforeAll(async () => {
    receiver = await openReceiver(['hang', 200]);
    const miner = await stand.start('miner', 'm1');
    await Promise.all([stand.start('validator', 'v1'), stand.start('pool', 'p1')]);
    await stand.hasStanding(miner, 'validator');
    await stand.hasStanding(miner, 'pool');
    await start();
  }, LONG);
  afterAll(async () => {
    await fleet.sweep();
    await receiver.close();
    await stand.close();
    clock.stop();
  }, LONG);

  it(
    'refuses who has not paid, and says by how much',
    async () => {
      const said = await generate('unpaid');
      expect(said).toMatchObject({
        status: 402,
        json: { title: 'Balance exhausted', need: '0.015', has: '0', short: '0.015' },
      });
      expect(receiver.taken).toHaveLength(0);
    },
    LONG,
  );

  it(
    'delivers to who has, at a stated price, and posts that until it is taken, whatever ends it',
    async () => {
      balanceTopUp('0.02', node, quiet);
      // The same key as that of the refusal: it was no query yet.
      const answer = await generate('unpaid');
      expect(answer).toMatchObject({
        status: 200,
        json: { price: { tao: '0.015', tier: 'starter', leads: 1 } },
      });
      expect(await until(clock, minutes(1), () => receiver.taken.length > 0)).toBe(true);
      served.signal('SIGKILL');
      await served.end;
      await start();
      expect(await until(clock, minutes(2), () => receiver.taken.length > 1)).toBe(true);
      const [first, second] = receiver.taken;
      expect(second?.id).toBe(first?.id);
      expect(JSON.parse(String(second?.body))).toEqual(answer.json);
      const signed = { secret: SECRET, now: Date.now() as Instant };
      expect(verifySignature(second?.signature ?? '', second?.body ?? NONE, signed)).toBe('holds');

      expect((await generate('unpaid')).json).toEqual(answer.json);
      expect(await generate('another')).toMatchObject({ status: 402, json: { short: '0.01' } });
      let out = '';
      balanceHistory({ ...node, json: true }, { ...quiet, out: (text) => void (out += text) });
      const { lines } = JSON.parse(out) as { readonly lines: readonly unknown[] };
      expect(lines).toMatchObject([
        { kind: 'charge', tao: '0.015', balance: '0.005', reference: answer.json['query_id'] },
        { kind: 'top-up', tao: '0.02', balance: '0.02' },
      ]);
    },
    LONG,
  );
});

const SECRET = 'letters that nobody guesses';
const NONE = new Uint8Array();
const quiet = { out: (): void => undefined, err: (): void => undefined };
const PRICES = `format = "leadpoet.prices/1"
by = "month"
prepaid = true
[[tiers]]
name = "starter"
from = 1
tao = "0.015"
`;
