/**
 * The attackers of `bench/attacks.ts`: a process on a core of its own, with as many peers as an attack
 * needs, those that are registered among them. Told what to do, and for how long, by the bench.
 */
import { addressOf } from '../../protocols/messages.ts';
import { tao, type Hotkey } from '../../protocols/units.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import { WallClock } from '../../runtime/clock.ts';
import { mockKey } from '../../runtime/notary.ts';
import { RawPeer } from '../../runtime/transport/testing/raw-peer.ts';
import { filter, firstValueFrom, timeout } from 'rxjs';
import type { AttackName } from './attack-list.ts';
import { announced, chainIn, joined, networkOf, placeOf, seedOf } from './mock-member.ts';
import { answering } from './pinned.ts';
import { PLANS, type Known } from './raw-attacks.ts';

/** Prepare first, which is not measured; then do it. A second try is by others, as a ban lasts. */
export type AttackQuestion =
  | { readonly prepare: AttackName; readonly attempt: number }
  | { readonly attack: AttackName; readonly ms: number };

const [, , dataDir = '', victim = ''] = process.argv;
const clock = new WallClock();
const chain = chainIn(dataDir, clock);
const pool = mockKey('honest pool').hotkey;
/** Permits are given at each epoch: every ten seconds. */
const STANDING_MS = 60_000;
let strangers: readonly RawPeer[] = [];
let known: readonly Known[] = [];

answering(async (asked) => {
  const question = asked as AttackQuestion;
  if ('prepare' in question) return await prepare(question.prepare, question.attempt);
  const until = performance.now() + question.ms;
  const hotkey = victim as Hotkey;
  await PLANS[question.attack].run({
    victim: addressOf('validator', hotkey),
    endpoint: placeOf(chain, hotkey),
    network: networkOf(chain),
    pool,
    strangers,
    known,
    now: () => clock.now(),
    isOver: () => performance.now() >= until,
  });
  const done = [...strangers, ...known.map(({ peer }) => peer)];
  [strangers, known] = [[], []];
  await Promise.all(done.map((peer) => peer.close()));
  return true;
});

async function prepare(name: AttackName, attempt: number): Promise<boolean> {
  const { strangers: some = 0, known: others = 0, isStaked = false } = PLANS[name];
  const names = (of: string, count: number): string[] =>
    Array.from({ length: count }, (_, number) => `${name} ${attempt} ${of} ${number}`);
  strangers = await Promise.all(names('stranger', some).map((one) => RawPeer.open(seedOf(one))));
  known = await Promise.all(names('known', others).map((one) => registered(one, isStaked)));
  if (!isStaked) return true;
  const hotkeys = known.map(({ hotkey }) => hotkey);
  const haveStanding = filter((metagraph: typeof chain.view.latest) => {
    const standing = new Set(withStanding(metagraph, 'validator').map(({ hotkey }) => hotkey));
    return hotkeys.every((hotkey) => standing.has(hotkey));
  });
  await firstValueFrom(chain.heads.pipe(haveStanding, timeout(STANDING_MS)));
  return true;
}

/** A validator by its own word, of whom the chain says under which peer key it is known. */
async function registered(name: string, isStaked: boolean): Promise<Known> {
  const peer = await RawPeer.open(seedOf(name));
  const key = await joined(chain, 'validator', name, tao(isStaked ? 20 : 0));
  // Nobody listens there: what the victim has to say to it is said over its own connection.
  const place = { ip: '127.0.0.1', port: 9 };
  await announced(chain, key, { ...place, peerKey: peer.peerKey, roles: ['validator'] });
  return { peer, hotkey: key.hotkey };
}
