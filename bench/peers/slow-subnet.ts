/**
 * The subnet that `bench/http.ts` keeps a thousand queries waiting for: a registered pool that delivers
 * ten leads of people nobody has yet, so long after it was asked and not before; a miner and a validator
 * with standing, that are drawn and say nothing.
 *
 * It limits its peer in nothing: a pool hears four queries a second of one buyer, and so many are no
 * thousand at once. Told `held`, it says how long it kept each query.
 */
import { filter, firstValueFrom, timeout } from 'rxjs';
import { digest } from '../../protocols/hash.ts';
import { addressOf, type Delivery, type Query } from '../../protocols/messages.ts';
import { attemptOf } from '../../protocols/messages.ts';
import { percent, later, seconds, type BatchId, type Duration } from '../../protocols/units.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import { WallClock } from '../../runtime/clock.ts';
import { openPeerKey } from '../../runtime/identity/peer-key.ts';
import { notary, type MockKey } from '../../runtime/notary.ts';
import { openLibp2p } from '../../runtime/transport/libp2p.ts';
import { UNBOUND } from './hundred-leads.ts';
import { announced, chainIn, joined, networkOf } from './mock-member.ts';

/** Permits are given at each epoch: every ten seconds. */
const STANDING_MS: Duration = seconds(120);
const LEADS = 10;

const [, , dataDir = '', holdMs = ''] = process.argv;
const HOLD = Number(holdMs) as Duration;
const clock = new WallClock();
const chain = chainIn(dataDir, clock);
const held = new Map<string, number>();

const member = async (role: 'miner' | 'validator' | 'pool'): Promise<MockKey> => {
  const key = await joined(chain, role, `slow ${role}`);
  const peerKey = await openPeerKey(`${dataDir}/slow-${role}-key`, () => undefined);
  const line = await openLibp2p({
    clock,
    notary: notary([key]),
    hotkey: key.hotkey,
    directory: chain,
    seed: peerKey.seed(),
    network: networkOf(chain),
    limits: UNBOUND,
    listen: { ip: '127.0.0.1', port: 0 },
  });
  const port = line.listening?.port ?? 0;
  const axon = { ip: '127.0.0.1', port, peerKey: peerKey.publicKey, roles: [role] };
  await announced(chain, key, axon);
  const self = addressOf('pool', key.hotkey);
  line.open(addressOf(role, key.hotkey));
  if (role !== 'pool') return key;
  line.inbox.subscribe(({ kind, from, body }) => {
    if (kind !== 'query') return;
    const asked = performance.now();
    const query = body as Query;
    clock.at(later(clock.now(), HOLD), () => {
      const sentAt = clock.now();
      const to = from as ReturnType<typeof addressOf<'buyer'>>;
      line.send({ kind: 'delivery', from: self, to, sentAt, body: deliveryOf(query) });
      held.set(query.id, performance.now() - asked);
    });
  });
  return key;
};

const [miner, validator, pool] = await Promise.all([
  member('miner'),
  member('validator'),
  member('pool'),
]);
const isThere = filter((metagraph: typeof chain.view.latest) =>
  (['miner', 'validator', 'pool'] as const).every(
    (role) => withStanding(metagraph, role).length > 0,
  ),
);
await firstValueFrom(chain.heads.pipe(isThere, timeout(STANDING_MS)));

process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send?.(Object.fromEntries(held)));
process.send?.({ pool: pool.hotkey });

function deliveryOf(query: Query): Delivery {
  const batch = digest('leadpoet.bench-batch/1', query.id) as string as BatchId;
  const score = percent(95);
  const [at, who] = [miner.hotkey, validator.hotkey];
  const reports = [{ validator: who, score }];
  return {
    query: query.id,
    attempt: attemptOf(query),
    status: 'complete',
    leads: Array.from({ length: LEADS }, (_, n) => ({
      lead: {
        Business: `Works ${query.id.slice(0, 8)}`,
        'Owner Full name': 'Ada Example',
        First: 'Ada',
        Last: 'Example',
        'Owner(s) Email': `ada@${query.id.slice(0, 32)}-${n}.example.com`,
        LinkedIn: `https://www.linkedin.com/in/ada-${n}`,
        Website: `https://${query.id.slice(0, 32)}.example.com`,
        Industry: 'Tech & AI',
        Region: 'DE',
      },
      batch,
      miner: at,
      finalScore: score,
    })),
    batches: [{ batch, miner: at, finalScore: score, settledAt: clock.now(), reports }],
    chosen: batch,
    road: [],
    stock: [{ industry: 'Tech & AI', region: 'DE', leads: 1_000 }],
  };
}
