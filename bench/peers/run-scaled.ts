/**
 * A shipped scenario for so many virtual hours, as it is or with so many honest miners in place of
 * its own, in this process: prints what it did and took as JSON.
 *
 *     node bench/peers/run-scaled.ts ninety-days 24 [5000]
 */
import { hours } from '../../protocols/units.ts';
import { collectSooner } from '../../runtime/collecting.ts';
import { loadScenario } from '../../sim/scenario-file.ts';
import { change, type Scenario } from '../../sim/scenario.ts';
import { simulate } from '../../sim/simulate.ts';

const [name = '', length = '', miners] = process.argv.slice(2);
const base = change(loadScenario(name), { duration: hours(Number(length)) });
// As `leadpoet sim run` does.
collectSooner();
const began = performance.now();
const scenario = miners === undefined ? base : withMiners(base, Number(miners));
const { events, virtual, digest } = await simulate({ scenario, seed: 7, isFoundBeside: true });
const wall = performance.now() - began;
const peakMb = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify({ events, virtual, digest, wall, peakMb }));

/** A slot on the chain for each of them, and for everyone else. */
function withMiners({ chain, ...rest }: Scenario, count: number): Scenario {
  const maxUids = (chain.maxValidators ?? 0) + count;
  return { ...rest, miners: { honest: count }, chain: { ...chain, maxUids } };
}
