/**
 * The one place where a live node is put together.
 *
 *     settings ──▶ lock ──▶ keys, chain ──▶ store ──▶ line ──▶ services ──▶ actors ──▶ announced
 *
 * What was opened is closed again in the opposite order, also where a later step fails. A miner,
 * validator or pool serves under its hotkey; a buyer dials out. A validator may run a buyer beside
 * itself, under its own hotkey, that keeps the pool full.
 */
import { join } from 'node:path';
import { defer, firstValueFrom, of, Subject, type Observable } from 'rxjs';
import type { Actor, QueryAnswer, Service } from '../actors/actor.ts';
import { buyer } from '../actors/buyer.ts';
import { miner } from '../actors/miner.ts';
import { pool, poolWith, type PoolState } from '../actors/pool.ts';
import { validator } from '../actors/validator.ts';
import { addressOf, type Role } from '../protocols/messages.ts';
import { neuronOf } from '../protocols/metagraph.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import type { Duration, Hotkey } from '../protocols/units.ts';
import { auditHappenings } from './audit-events.ts';
import { openAuditLog, type AuditLog } from './audit-log.ts';
import type { NodeSettings } from './cli/node-settings.ts';
import { WorldError } from './cli/trouble.ts';
import { WallClock } from './clock.ts';
import { closed, CLOSING_TIME, gated } from './closing.ts';
import { openErrandBox } from './errand-box.ts';
import { ServiceFault, type Host, type Notary } from './host.ts';
import { openPeerKey } from './identity/peer-key.ts';
import type { Axon, DurableTransport, LiveChain } from './live.ts';
import { mockFooting, nodeDir, type Footing, type NetworkParts } from './network.ts';
import { mayDialBy, openLine } from './node-line.ts';
import { openServices } from './node-services.ts';
import { Observer } from './observe.ts';
import { systemRandom } from './random.ts';
import { inGoodTime } from './overtaking.ts';
import { keepNoLonger } from './retention.ts';
import type { Running } from './running.ts';
import { spawn, systemOf } from './spawn.ts';
import { lockNode } from './store/node-lock.ts';
import { openNodeStore, type NodeStore } from './store/node-store.ts';
import type { Libp2pLine } from './transport/libp2p.ts';
import { watchList } from './watched-list.ts';

export interface NodeParts {
  readonly settings: NodeSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told in a line what a person should know. */
  readonly say: (line: string) => void;
  /** Is told what happens; one of the node's own where absent. */
  readonly observer?: Observer;
}

export type NodeHost = Host & { readonly transport: DurableTransport };

/** A node that runs. */
export interface LiveNode {
  readonly role: Role;
  readonly hotkey: Hotkey;
  readonly dir: string;
  readonly host: NodeHost;
  readonly chain: LiveChain;
  readonly notary: Notary;
  readonly line: Libp2pLine;
  /** The actor of its role. */
  readonly running: Running<unknown>;
  /** What a buyer's person is answered, as it comes. */
  readonly answered: Observable<QueryAnswer>;
  readonly store: NodeStore;
  /** For what the node's own happenings do not tell: who asked for what, who was erased. */
  readonly audit: AuditLog;
  /**
   * Takes no new work, ends what is open within `within` of now, and leaves. Gives back how much was
   * still open; it goes on when the node starts again.
   */
  close(within?: Duration): Promise<number>;
}

/** Throws a `UsageError` or `WorldError` that says what is missing. */
export async function openNode(parts: NodeParts): Promise<LiveNode> {
  const opened: Opened[] = [];
  const closeAll = async (): Promise<void> => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) await last();
  };
  try {
    return await assemble(parts, opened, closeAll);
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

/** Closes what was opened. */
type Opened = () => unknown;

async function assemble(
  { settings, env, say, observer = new Observer() }: NodeParts,
  opened: Opened[],
  closeAll: () => Promise<void>,
): Promise<LiveNode> {
  const { role } = settings;
  const dir = nodeDir(settings);
  const lock = lockNode(dir);
  opened.push(() => lock.release());
  const clock = new WallClock();
  opened.push(() => clock.stop());
  const footing = await footingOf({ settings, clock, dir, say });
  opened.push(() => footing.close());
  const { hotkey, notary, chain } = footing;

  const store = openNodeStore(dir, { clock });
  opened.push(() => store.close());
  const peerKey = await openPeerKey(join(dir, 'peer-key'), say);
  const line = await openLine({
    clock,
    notary,
    chain,
    hotkey,
    peerKey,
    mayDial: mayDialBy(settings),
    ...(settings.axon && { listen: placeOf(settings.axon, settings) }),
  });
  opened.push(() => line.shut());

  const { suppress } = settings;
  const list = suppress === undefined ? undefined : await watchList(suppress, clock, say);
  if (list !== undefined) opened.push(() => list.close());
  const isSuppressed = list?.isSuppressed;
  const serviceParts = { settings, clock, chain, dir, env, say };
  const services = openServices({ ...serviceParts, ...(isSuppressed && { isSuppressed }) });
  opened.push(() => services.close());

  // A pool's answers may overtake their question: it is asked what it knows once it runs.
  let knows: (attempt: string) => boolean = () => false;
  const gate = gated(role === 'pool' ? inGoodTime(line, clock, (attempt) => knows(attempt)) : line);
  const answered = new Subject<QueryAnswer>();
  const host: NodeHost = {
    clock,
    random: systemRandom(),
    transport: gate.transport,
    chain,
    services: {
      ...services.ports,
      answer: (answer) =>
        defer(() => {
          answered.next(answer);
          return of(null);
        }),
    },
    observer,
    recorder: store.recorder,
  };
  opened.push(keepNoLonger((now) => store.expire(settings.retention, now), clock));
  const audit = openAuditLog(dir, { clock, say });
  opened.push(() => audit.close());
  opened.push(auditHappenings(observer, audit, store.hashes));
  opened.push(() => systemOf(host).stop());
  const [running, beside] = begin(host, settings, hotkey, isSuppressed);
  knows = (attempt) => (running.state as PoolState | undefined)?.seen.has(attempt) === true;
  if (line.listening !== undefined && settings.axon !== undefined && role !== 'buyer') {
    const place = { ip: settings.axon.ip, port: line.listening.port };
    await announce(chain, hotkey, { ...place, peerKey: peerKey.publicKey, roles: [role] });
  }
  opened.push(openErrandBox(dir, { hotkey, host, notary, running, store, audit }));
  return {
    role,
    hotkey,
    dir,
    host,
    chain,
    notary,
    line,
    running,
    answered,
    store,
    audit,
    async close(within = CLOSING_TIME) {
      beside?.stop();
      const left = await closed(running, gate, clock, within);
      await closeAll();
      return left;
    },
  };
}

/** Peers come from everywhere to where the chain says: which of this machine's addresses that is, it knows. */
function placeOf(axon: Place, { network }: NodeSettings): Place {
  if (network.is === 'mock') return axon;
  return { ip: axon.ip.includes(':') ? '::' : '0.0.0.0', port: axon.port };
}
type Place = NonNullable<NodeSettings['axon']>;

async function footingOf(parts: NetworkParts): Promise<Footing> {
  if (parts.settings.network.is === 'mock') return mockFooting(parts);
  // The real chain takes seconds and memory to load: no mock node does.
  const { liveFooting } = await import('./live-network.ts');
  return liveFooting(parts);
}

/** The actor of the role, and the buyer beside a validator. They come back as they were. */
function begin(
  host: Host,
  { role, queryEvery }: NodeSettings,
  hotkey: Hotkey,
  isSuppressed: IsSuppressed | undefined,
): readonly [Running<unknown>, Running<unknown>?] {
  const at = <R extends Role, State, Uses extends Service>(
    actor: Actor<R, State, Uses>,
  ): Running<unknown> => spawn(host, actor, addressOf(actor.role, hotkey));
  const honouring = isSuppressed && { isSuppressed };
  switch (role) {
    case 'miner':
      return [at(miner)];
    case 'pool':
      return [at(honouring === undefined ? pool : poolWith(honouring))];
    case 'buyer':
      return [at(buyer({ account: 'buyer', queryEvery: 0, ...honouring }))];
    case 'validator': {
      const own = at(validator);
      return queryEvery === 0 ? [own] : [own, at(buyer({ account: 'validator', queryEvery }))];
    }
  }
}

/** Says on the chain where peers find the node, unless it says so already. */
async function announce(chain: LiveChain, hotkey: Hotkey, axon: Axon): Promise<void> {
  const neuron = neuronOf(chain.view.latest, hotkey);
  const known = chain.endpointOf(hotkey);
  const isSaid =
    known?.ip === axon.ip &&
    known.port === axon.port &&
    Buffer.compare(known.peerKey, axon.peerKey) === 0 &&
    axon.roles.every((role) => neuron?.roles.includes(role));
  if (isSaid) return;
  try {
    await firstValueFrom(chain.serve(hotkey, axon));
  } catch (cause) {
    if (!(cause instanceof ServiceFault)) throw cause;
    throw new WorldError(
      `the chain does not take where this node is found: ${cause.message}; see to that, and start it again`,
      { cause },
    );
  }
}
