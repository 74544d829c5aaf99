/**
 * `leadpoet miner`, `validator`, `pool`: a node that runs until it is told to stop.
 *
 *     start ──▶ ready ──SIGINT, SIGTERM──▶ no new work, end what is open, leave ──▶ 130, 143
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { first } from 'rxjs';
import { neuronOf, type Metagraph } from '../../protocols/metagraph.ts';
import type { Role } from '../../protocols/messages.ts';
import { showShortfall, standingOf } from '../../protocols/rules/eligibility.ts';
import { WallClock } from '../clock.ts';
import { observeNode } from '../dashboard/node-view.ts';
import type { Observed } from '../dashboard/observed.ts';
import { openHealth, type Health } from '../health.ts';
import { openLogs, type Logs, type Say } from '../logs.ts';
import { openMetrics } from '../metrics.ts';
import { openNode, type LiveNode } from '../node.ts';
import { Observer } from '../observe.ts';
import { CLEARBIT_KEY, HUNTER_KEY } from '../providers/keys.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { version } from './command-line.ts';
import { nodeSettings, type NodeSettings, type RawOptions } from './node-settings.ts';
import { keepYoungHeapSmall } from '../collecting.ts';
import { exitOf, hearSignals } from './stopping.ts';

type Serving = Exclude<Role, 'buyer'>;

export async function runNode(role: Serving, options: RawOptions): Promise<number> {
  const began = performance.now();
  keepYoungHeapSmall();
  const { env } = process;
  const settings = nodeSettings(role, options, env);
  const { told } = hearSignals();
  const observer = new Observer();
  const clock = new WallClock();
  const { network, wallet, logging } = settings;
  const logs = openLogs({
    level: logging,
    clock,
    observer,
    base: { role, network: network.is === 'mock' ? 'mock' : network.name, name: wallet.hotkey },
    secrets: [HUNTER_KEY, CLEARBIT_KEY].flatMap((name) => env[name] ?? []),
  });
  const { say } = logs;
  try {
    const node = await openNode({
      settings,
      env,
      observer,
      say: (text) => say('info', 'note', { text }),
    });
    const observed = settings.metricsPort === undefined ? undefined : observeNode(node, settings);
    const health = await healthOf(node, settings, { logs, ...(observed && { observed }) });
    const { ip, port } = { ...node.line.listening };
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    say('info', 'ready', { hotkey: node.hotkey, ip, port, seconds });
    sayStanding(node, role, say);
    const signal = await told;
    say('info', 'stopping: no new work, what is open is ended; once more to leave at once', {
      signal,
    });
    const left = await node.close();
    await health?.close();
    observed?.close();
    // What is left goes on when the node starts again.
    say('info', 'left', { left });
    return exitOf(signal);
  } finally {
    logs.close();
    clock.stop();
  }
}

/** A mock chain makes a block every 250 ms, a real one every 12 s, at times every 24. */
const FRESH_MS = 120_000;

async function healthOf(
  node: LiveNode,
  { metricsPort }: NodeSettings,
  { logs, observed }: { readonly logs: Logs; readonly observed?: Observed },
): Promise<Health | undefined> {
  if (metricsPort === undefined) return undefined;
  const { host, chain, running, line, dir } = node;
  const { observer, clock } = host;
  const head = () => chain.view.latest.head;
  const metrics = openMetrics({
    observer,
    version: version(),
    head,
    now: () => clock.now(),
    actors: () => [running],
    transport: () => line.counts(),
    journalBytes: () => sizeOf(join(dir, NODE_FILE)) + sizeOf(join(dir, `${NODE_FILE}-wal`)),
    logs: () => logs.counts(),
  });
  return openHealth({
    port: metricsPort,
    metrics,
    ...(observed && { watched: observed }),
    say: logs.say,
    ready: {
      chain: () => (clock.now() - head().time > FRESH_MS ? 'no new block' : undefined),
      line: () => (line.listening === undefined ? 'not listening' : undefined),
      actor: () => (running.status === 'live' ? undefined : running.status),
    },
    alive: { actor: () => (running.status === 'stopped' ? 'stopped' : undefined) },
  });
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** What it still lacks for its role, and when it no longer does. */
function sayStanding({ chain, hotkey }: LiveNode, role: Serving, say: Say): void {
  const shortfallIn = (metagraph: Metagraph) =>
    standingOf(role, neuronOf(metagraph, hotkey), metagraph);
  const shortfall = shortfallIn(chain.view.latest);
  if (shortfall === undefined) return say('info', 'has standing');
  say('info', 'no standing yet', { lacks: showShortfall(shortfall) });
  const gained = chain.heads.pipe(first((metagraph) => shortfallIn(metagraph) === undefined));
  gained.subscribe({
    next: ({ head }) => say('info', 'has standing', { block: head.number }),
    // A chain that ends before that has nothing to tell any more.
    error: () => undefined,
  });
}
