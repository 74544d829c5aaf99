/**
 * `leadpoet miner`, `validator`, `pool`: a node that runs until it is told to stop.
 *
 *     start ──▶ ready ──SIGINT, SIGTERM──▶ no new work, end what is open, leave ──▶ 130, 143
 */
import { first } from 'rxjs';
import { neuronOf, type Metagraph } from '../../protocols/metagraph.ts';
import type { Role } from '../../protocols/messages.ts';
import { showShortfall, standingOf } from '../../protocols/rules/eligibility.ts';
import type { LiveNode } from '../node.ts';
import { openNode } from '../node.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { exitOf, hearSignals } from './stopping.ts';
import type { Console } from './trouble.ts';

export async function runNode(
  role: Exclude<Role, 'buyer'>,
  options: RawOptions,
  io: Console,
): Promise<number> {
  const began = performance.now();
  const settings = nodeSettings(role, options, process.env);
  const say = (line: string): void => io.err(`leadpoet ${role}: ${line}\n`);
  const { told } = hearSignals();
  const node = await openNode({ settings, env: process.env, say });
  const { ip = '', port = 0 } = node.line.listening ?? {};
  const took = ((performance.now() - began) / 1_000).toFixed(1);
  say(`ready in ${took} s: ${node.hotkey} listens on ${ip} port ${port}`);
  sayStanding(node, role, say);
  const signal = await told;
  say(`${signal}: taking no new work, ending what is open; once more to leave at once`);
  const left = await node.close();
  say(left === 0 ? 'left' : `left, with ${left} pieces of work that go on when it starts again`);
  return exitOf(signal);
}

/** What it still lacks for its role, and when it no longer does. */
function sayStanding(
  { chain, hotkey }: LiveNode,
  role: Exclude<Role, 'buyer'>,
  say: (line: string) => void,
): void {
  const shortfallIn = (metagraph: Metagraph) =>
    standingOf(role, neuronOf(metagraph, hotkey), metagraph);
  const shortfall = shortfallIn(chain.view.latest);
  if (shortfall === undefined) return say('has standing');
  say(`not in standing yet: ${showShortfall(shortfall)}`);
  const gained = chain.heads.pipe(first((metagraph) => shortfallIn(metagraph) === undefined));
  // A chain that ends before that has nothing to tell any more.
  gained.subscribe({
    next: ({ head }) => say(`has standing since block ${head.number}`),
    error: () => undefined,
  });
}
