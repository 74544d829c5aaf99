/** A scenario's subnet on virtual time, for tests: a short line, quick services, no faults. */
import type { QueryAnswer, Random } from '../../../actors/actor.ts';
import type { Want } from '../../../protocols/query.ts';
import {
  later,
  minutes,
  seconds,
  type Duration,
  type Hotkey,
  type Instant,
} from '../../../protocols/units.ts';
import { InMemoryChain } from '../../../runtime/chain/in-memory.ts';
import { mockKey } from '../../../runtime/notary.ts';
import { randomFrom } from '../../../runtime/random.ts';
import { Subnet, type NodePlan } from '../../../runtime/subnet.ts';
import { VirtualClock } from '../../../runtime/virtual-clock.ts';
import type { Scenario } from '../../scenario.ts';
import { simulatedServices } from '../../services.ts';
import { planOf } from '../strategies.ts';

export interface SmallSubnet {
  readonly subnet: Subnet;
  readonly chain: InMemoryChain;
  readonly ask: (want: Want) => Promise<QueryAnswer>;
}

const START = 1_790_000_000_000 as Instant;
export const SEED = 'strategies';
/** As the subnet makes its keys. */
export const hotkeyOf = (name: string): Hotkey => mockKey(`${SEED}/${name}`).hotkey;

/** Begun, with everybody's standing in order. */
export async function smallSubnet(
  scenario: Scenario,
  {
    random = randomFrom(SEED),
    change = (plan) => plan,
  }: { readonly random?: Random; readonly change?: (plan: NodePlan) => NodePlan } = {},
): Promise<SmallSubnet> {
  const clock = new VirtualClock(START);
  const pace = { kind: 'fixed', value: seconds(2) } as const;
  const { source, audit, verify } = simulatedServices({
    clock,
    pace: { source: pace, audit: pace, checks: pace, collusion: pace },
    outages: { isOut: () => false },
  });
  const chain = new InMemoryChain({ clock, seed: SEED });
  const subnet = new Subnet({
    seed: SEED,
    clock,
    random,
    chain,
    nodes: planOf(unwatched(scenario), { hotkeyOf, source }).map(change),
    services: { audit, verify },
    queryEvery: 0,
    codec: 'reference',
    delay: () => 30 as Duration,
  });
  let isBegun = false;
  subnet.start().subscribe({ complete: () => (isBegun = true) });
  await clock.run(() => isBegun);
  return {
    subnet,
    chain,
    /** Until it is answered, and settled everywhere. */
    ask: async (want) => {
      let answer: QueryAnswer | undefined;
      subnet.ask(want).subscribe((value) => (answer = value));
      await clock.run(() => answer !== undefined);
      await clock.run(later(clock.now(), minutes(3)));
      if (answer === undefined) throw new Error('no answer came');
      return answer;
    },
  };
}

/** What a strategy gains before anyone looks for collusion. */
const unwatched = (watched: Scenario): Scenario => ({
  ...watched,
  collusion: { ...watched.collusion, enabled: false },
});
