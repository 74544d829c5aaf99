/**
 * What a node counts, for Prometheus: one text, made when it is asked for.
 *
 *     observer, actors, chain, line, journal, log ──▶ families ──▶ registry ──▶ GET /metrics
 *
 * Labels are of closed lists alone: kinds, reasons, roles. No peer, query or hotkey is ever one, so
 * that nobody outside can make the text longer. A figure that cannot be read is left out, and that
 * is counted.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Instant } from '../protocols/units.ts';
import { flatFigures } from './flat-figures.ts';
import type { LogCounts } from './logs.ts';
import {
  CAME,
  KINDS,
  labelOf,
  LOSSES,
  REFUSALS,
  ROLES,
  SERVICES,
  STATUSES,
} from './metric-labels.ts';
import type { Observer } from './observe.ts';
import type { Running } from './running.ts';

/** Whence the figures come. Each is asked at every scrape; what is absent is not shown. */
export interface MetricsOptions {
  readonly observer: Observer;
  /** Of this release: `0.1.0`. */
  readonly version: string;
  readonly now: () => Instant;
  /** The actors of this node. */
  readonly actors?: () => Iterable<ActorFigures>;
  /** The newest head that the node has seen; undefined before the first. */
  readonly head?: () => HeadFigures | undefined;
  /** What the line counts: numbers, and groups of numbers, by names of its own. */
  readonly transport?: () => object;
  /** What the journal takes on disk. */
  readonly journalBytes?: () => number;
  readonly logs?: () => LogCounts;
}

export type HeadFigures = { readonly number: number; readonly time: Instant };
export type ActorFigures = Pick<Running<unknown>, 'self' | 'status' | 'waiting' | 'open'>;

export interface Metrics {
  readonly contentType: string;
  /** In Prometheus' text format. Never rejects for a figure that cannot be read. */
  text(): Promise<string>;
}

/** Of a node that answers over HTTP, too. */
export interface ServingMetrics extends Metrics {
  /** Counts an answer: by the route's own pattern, never by what was asked for. */
  answered(route: string, status: number, seconds: number): void;
}

export function openMetrics(options: MetricsOptions): ServingMetrics {
  const registry = new Registry();
  const failures: Failures = { count: 0 };
  const all = [
    ...ofObserver(options),
    ...ofActors(options),
    ...ofChain(options),
    ...ofNode(options, failures),
  ];
  for (const family of all) register(family, registry, failures);
  // The process and Node itself, by the names that dashboards know: memory, CPU, lag, descriptors.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  let answers: Histogram<'route' | 'status'> | undefined;
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered(route, status, seconds) {
      // A node that answers nobody has no such family.
      answers ??= answersIn(registry);
      answers.observe({ route, status }, seconds);
    },
  };
}

/** From what is here already to a query of three attempts, in seconds. */
const ANSWER_BUCKETS = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300];

const answersIn = (registry: Registry): Histogram<'route' | 'status'> =>
  new Histogram({
    name: 'leadpoet_http_request_seconds',
    help: 'Answers over HTTP and how long they took, by route and status.',
    labelNames: ['route', 'status'],
    buckets: ANSWER_BUCKETS,
    registers: [registry],
  });

/** How exactly the event loop's lag is measured: 20 wakings a second, of no weight on an idle node. */
const LAG_PRECISION_MS = 50;

/** Figures of one name, told apart by labels. */
interface Family {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** None where nothing is known. */
  readonly read: () => Iterable<Figure>;
}
type Figure = readonly [value: number, ...labels: readonly string[]];

function ofObserver({ observer }: MetricsOptions): readonly Family[] {
  const counts = (): ReturnType<Observer['counts']> => observer.counts();
  return [
    {
      type: 'counter',
      name: 'leadpoet_messages_received_total',
      help: 'Messages handled, by kind.',
      labels: ['kind'],
      read: () => summed(counts().received, (kind) => [labelOf(KINDS, kind)]),
    },
    {
      type: 'counter',
      name: 'leadpoet_messages_refused_total',
      help: 'Messages not acted on, by kind and why.',
      labels: ['kind', 'why'],
      read: () => summed(counts().refused, (name) => pair(name, KINDS, REFUSALS)),
    },
    {
      type: 'counter',
      name: 'leadpoet_messages_lost_total',
      help: 'Messages not delivered or not handled, by why.',
      labels: ['why'],
      read: () => summed(counts().lost, (why) => [labelOf(LOSSES, why)]),
    },
    {
      type: 'counter',
      name: 'leadpoet_questions_answered_total',
      help: 'Questions to the world, by service and how they ended: ok, or the fault.',
      labels: ['service', 'came'],
      read: () => summed(counts().replied, (name) => pair(name, SERVICES, CAME)),
    },
    {
      type: 'counter',
      name: 'leadpoet_crashes_total',
      help: 'Crashes of actors, by role.',
      labels: ['role'],
      read: () => summed(counts().crashes, (address) => [roleOf(address)]),
    },
    {
      type: 'counter',
      name: 'leadpoet_listener_errors_total',
      help: 'Mistakes of those who listen to what happens.',
      labels: [],
      read: () => [[counts().listenerErrors]],
    },
  ];
}

function ofActors({ actors }: MetricsOptions): readonly Family[] {
  if (actors === undefined) return [];
  const byRole = (figure: (actor: ActorFigures) => number) => (): Iterable<Figure> =>
    summed(
      [...actors()].map((actor) => [actor.self, figure(actor)] as const),
      (address) => [roleOf(address)],
    );
  return [
    {
      type: 'gauge',
      name: 'leadpoet_actors',
      help: 'Actors of this node, by role and status.',
      labels: ['role', 'status'],
      read: () =>
        summed(
          [...actors()].map(({ self, status }) => [`${roleOf(self)} ${status}`, 1] as const),
          (name) => pair(name, ROLES, STATUSES),
        ),
    },
    {
      type: 'gauge',
      name: 'leadpoet_mailbox_messages',
      help: 'Messages that wait to be handled, by role.',
      labels: ['role'],
      read: byRole(({ waiting }) => waiting),
    },
    {
      type: 'gauge',
      name: 'leadpoet_open_questions',
      help: 'Questions to the world that are not answered yet, by role.',
      labels: ['role'],
      read: byRole(({ open }) => open),
    },
  ];
}

function ofChain({ head, now }: MetricsOptions): readonly Family[] {
  if (head === undefined) return [];
  const known = (figure: (newest: HeadFigures) => number) => (): Iterable<Figure> => {
    const newest = head();
    return newest === undefined ? [] : [[figure(newest)]];
  };
  return [
    {
      type: 'gauge',
      name: 'leadpoet_chain_block',
      help: 'The number of the newest block seen.',
      labels: [],
      read: known(({ number }) => number),
    },
    {
      type: 'gauge',
      name: 'leadpoet_chain_head_age_seconds',
      help: 'How old the newest block seen is, by this machine’s clock.',
      labels: [],
      read: known(({ time }) => (now() - time) / 1_000),
    },
  ];
}

function ofNode(
  { version, transport, journalBytes, logs }: MetricsOptions,
  failures: Failures,
): readonly Family[] {
  const families: Family[] = [
    {
      type: 'gauge',
      name: 'leadpoet_build_info',
      help: 'Always 1, with the release.',
      labels: ['version'],
      read: () => [[1, version]],
    },
    {
      type: 'counter',
      name: 'leadpoet_metrics_errors_total',
      help: 'Figures that could not be read at a scrape.',
      labels: [],
      read: () => [[failures.count]],
    },
  ];
  if (transport !== undefined) {
    families.push({
      type: 'gauge',
      name: 'leadpoet_transport',
      help: 'What the line to the peers counts, by its own names.',
      labels: ['of'],
      read: () => flatFigures(transport()).map(([name, count]) => [count, name]),
    });
  }
  if (journalBytes !== undefined) {
    families.push({
      type: 'gauge',
      name: 'leadpoet_journal_bytes',
      help: 'What the journal takes on disk.',
      labels: [],
      read: () => [[journalBytes()]],
    });
  }
  if (logs !== undefined) {
    families.push({
      type: 'counter',
      name: 'leadpoet_log_lines_total',
      help: 'Lines of the log: written, left out as they repeat, failed to be written.',
      labels: ['was'],
      read: () => {
        const { written, leftOut, failed } = logs();
        return [
          [written, 'written'],
          [leftOut, 'left_out'],
          [failed, 'failed'],
        ];
      },
    });
  }
  return families;
}

interface Failures {
  count: number;
}

function register(family: Family, registry: Registry, failures: Failures): void {
  const { type, name, help, labels, read } = family;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  const fill = (metric: Counter | Gauge): void => {
    metric.reset();
    // Without labels a reset is a zero, which is not the same as knowing nothing.
    if (labels.length === 0) metric.remove();
    try {
      for (const [value, ...words] of read()) {
        if (!Number.isFinite(value)) throw new TypeError(`${name} is ${value}`);
        metric.inc(Object.fromEntries(labels.map((label, at) => [label, words[at] ?? ''])), value);
      }
    } catch {
      failures.count++;
    }
  };
  if (type === 'counter') {
    void new Counter({
      ...common,
      collect() {
        fill(this);
      },
    });
  } else {
    void new Gauge({
      ...common,
      collect() {
        fill(this);
      },
    });
  }
}

/** What has the same labels is one figure. */
function summed(
  counts: Iterable<readonly [string, number]>,
  labelsOf: (name: string) => readonly string[],
): Iterable<Figure> {
  const sums = new Map<string, Figure>();
  for (const [name, count] of counts) {
    const labels = labelsOf(name);
    const [before] = sums.get(labels.join(' ')) ?? [0];
    sums.set(labels.join(' '), [before + count, ...labels]);
  }
  return sums.values();
}

function pair(name: string, first: ReadonlySet<string>, second: ReadonlySet<string>): string[] {
  const [one, other] = name.split(' ');
  return [labelOf(first, one), labelOf(second, other)];
}

const roleOf = (address: string): string => labelOf(ROLES, address.split('/')[0]);
