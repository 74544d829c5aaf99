/**
 * `leadpoet serve`: a buyer's node that stays, and answers over HTTP.
 *
 *     start ──▶ address on stdout ──SIGINT, SIGTERM──▶ no new queries, --drain for those that are open
 *           ──▶ who still waits is told to come again ──▶ leave; the rest goes on at the next start
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, type Duration, type QueryId } from '../../protocols/units.ts';
import { WallClock } from '../clock.ts';
import { observeNode } from '../dashboard/node-view.ts';
import type { Check } from '../health.ts';
import { readCallers } from '../http/callers.ts';
import { Desk } from '../http/desk.ts';
import { openServer } from '../http/server.ts';
import { openLogs, type Say } from '../logs.ts';
import { openMetrics } from '../metrics.ts';
import { openNode, type LiveNode } from '../node.ts';
import { Observer } from '../observe.ts';
import { withoutErased } from '../store/answers.ts';
import { WEBHOOK_FILE } from '../webhooks/queue.ts';
import { openWebhook, type Webhook } from '../webhooks/webhook.ts';
import { LEDGER_FILE } from '../prices/ledger-file.ts';
import { openLedgerCharge, type LedgerCharge } from '../prices/ledger-charge.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { until } from '../until.ts';
import { version } from './command-line.ts';
import { commerceSettings } from './commerce-settings.ts';
import { httpSettings } from './http-settings.ts';
import { answerJson } from './lead-output.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { keepYoungHeapSmall } from '../collecting.ts';
import { exitOf, hearSignals } from './stopping.ts';
import { WorldError, type Console } from './trouble.ts';

/** A mock chain makes a block every 250 ms, a real one every 12 s, at times every 24. */
const FRESH_MS = 120_000;
/** An actor begins in its first turn; it comes back as it was within seconds. */
const BEGIN_TIME: Duration = seconds(60);
/** What it has said last is on its way; it is said again when it is back. */
const LEAVING: Duration = seconds(2);

export async function serve(options: RawOptions, io: Console): Promise<number> {
  const { env } = process;
  const settings = nodeSettings('buyer', options, env);
  const http = httpSettings(options, env);
  keepYoungHeapSmall();
  const { told } = hearSignals();
  const observer = new Observer();
  const clock = new WallClock();
  const { network, wallet, logging } = settings;
  const logs = openLogs({
    level: logging,
    clock,
    observer,
    base: {
      role: 'buyer',
      network: network.is === 'mock' ? 'mock' : network.name,
      name: wallet.hotkey,
    },
    secrets: http.tokens.token === undefined ? [] : [http.tokens.token.value],
  });
  const { say } = logs;
  try {
    const warn = (text: string): void => say('warn', 'note', { text });
    const { prices, webhook: hook } = await commerceSettings(options, env, warn);
    const callers = await readCallers(http.tokens, (text) => say('warn', 'note', { text }));
    const note = (text: string): void => say('info', 'note', { text });
    const node = await openNode({ settings, env, observer, say: note });
    let desk: Desk | undefined;
    let charge: LedgerCharge | undefined;
    let webhook: Webhook | undefined;
    try {
      await isLive(node);
      const file = join(node.dir, LEDGER_FILE);
      charge = prices && openLedgerCharge({ file, list: prices, clock, say });
      desk = new Desk(node, charge);
      webhook = hook && webhookOf(node, { hook, charge, say });
      const metrics = openMetrics({
        observer,
        version: version(),
        head: () => node.chain.view.latest.head,
        now: () => clock.now(),
        actors: () => [node.running],
        transport: () => node.line.counts(),
        journalBytes: () => sizeOf(node, NODE_FILE) + sizeOf(node, `${NODE_FILE}-wal`),
        logs: () => logs.counts(),
      });
      const observed = observeNode(node, settings);
      const server = await openServer({
        ...http,
        dashboard: observed,
        desk,
        node,
        callers,
        version: version(),
        metrics,
        ...checksOf(node, desk),
        say,
      });
      try {
        io.out(`${server.url}\n`);
        say('info', 'ready', { url: server.url, hotkey: node.hotkey });
        const signal = await told;
        desk.leave();
        say('info', 'stopping: no new queries, open ones are ended; once more to leave at once', {
          signal,
          open: desk.open,
        });
        await until(clock, http.drain, () => desk?.open === 0);
        say('info', 'left', { left: desk.open });
        return exitOf(signal);
      } finally {
        desk.close();
        await server.close();
        observed.close();
      }
    } finally {
      desk?.close();
      await webhook?.close();
      charge?.close();
      await node.close(LEAVING);
    }
  } finally {
    logs.close();
    clock.stop();
  }
}

/** Posted is what the caller is shown: with its price, once that is paid. */
function webhookOf(
  { dir, host, store, answered }: LiveNode,
  {
    hook,
    charge,
    say,
  }: {
    readonly hook: { readonly url: string; readonly secret: string };
    readonly charge: LedgerCharge | undefined;
    readonly say: Say;
  },
): Webhook {
  const { clock, random } = host;
  const file = join(dir, WEBHOOK_FILE);
  const began = clock.now();
  const bodyOf = (query: QueryId): object | 'later' | undefined => {
    const found = store.answers.of(query);
    if (found === undefined) return undefined;
    const price = charge?.priceOf(query);
    // What was answered before this start was settled by it, if anybody was to pay for it.
    if (charge !== undefined && price === undefined && found.answeredAt >= began) return 'later';
    return { ...answerJson(withoutErased(found).answer), ...(price && { price }) };
  };
  return openWebhook({
    ...hook,
    file,
    answers: store.answers,
    answered,
    bodyOf,
    clock,
    random,
    say,
  });
}

async function isLive({ running, host, dir }: LiveNode): Promise<void> {
  if (await until(host.clock, BEGIN_TIME, () => running.status === 'live')) return;
  throw new WorldError(`the buyer in ${dir} does not begin; look at its log`);
}

const sizeOf = ({ dir }: LiveNode, file: string): number =>
  statSync(join(dir, file), { throwIfNoEntry: false })?.size ?? 0;

function checksOf(
  { chain, host, running }: LiveNode,
  desk: Desk,
): Readonly<Record<'ready' | 'alive', Readonly<Record<string, Check>>>> {
  const isOld = (): boolean => host.clock.now() - chain.view.latest.head.time > FRESH_MS;
  return {
    ready: {
      chain: () => (isOld() ? 'no new block' : undefined),
      actor: () => (running.status === 'live' ? undefined : running.status),
      server: () => (desk.isLeaving ? 'stopping' : undefined),
    },
    alive: { actor: () => (running.status === 'stopped' ? 'stopped' : undefined) },
  };
}
