/**
 * `leadpoet demo`: a whole subnet in this process, one query, and the road that its leads took.
 *
 * It is the network as it runs live: the same actors, rules, standing, signatures and bytes on the
 * line. Only time jumps, the chain is in memory, and the leads are of nobody or from a file.
 */
import { firstValueFrom, lastValueFrom } from 'rxjs';
import type { QueryAnswer } from '../../actors/actor.ts';
import { standingAt } from '../../protocols/ledger.ts';
import { isFieldError, readWant, show, type Want } from '../../protocols/query.ts';
import { minutes, points, seconds, later, type Instant } from '../../protocols/units.ts';
import { WallClock } from '../clock.ts';
import type { Happening } from '../host.ts';
import { hotkeyOf } from '../../protocols/messages.ts';
import { plain } from './table.ts';
import { openWorkers, type Workers } from '../services/workers.ts';
import type { Subnet } from '../subnet.ts';
import { readSuppressionFile, suppressedBy } from '../suppression.ts';
import { runUntilDone, VirtualClock } from '../virtual-clock.ts';
import { showStep } from './answer-report.ts';
import { demoJson, showDemo, type DemoResult } from './demo-report.ts';
import {
  demoMiners,
  demoSubnet,
  type DemoMiner,
  type DemoOptions,
  type Suppressing,
} from './demo-subnet.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

/** When virtual time begins: an instant like any other, the same for every run. */
const VIRTUAL_START = 1_790_000_000_000 as Instant;
/** A panel that has not countersigned by then will not: two minutes, and the way back. */
const SETTLED_BY = minutes(2.5);
/** After that everyone has the settlement. */
const SPREAD = seconds(2);

/** Exit 0 where leads were delivered, 1 where none were. */
export async function demo(options: DemoOptions, io: Console): Promise<number> {
  const want = wantOf(options);
  refuseBoth(options);
  const began = performance.now();
  const say = (line: string): void => io.err(`${line}\n`);
  const miners = await demoMiners(options, say);
  const suppressing = await suppressingBy(options);
  if (options.watch) {
    const { watchDemo } = await import('./demo-watch.ts');
    const watched = { options, want, miners, start: VIRTUAL_START };
    return watchDemo({ ...watched, ...(suppressing && { suppressing }) }, io);
  }
  const workers = openWorkers();
  const run = options.realTime ? onWallClock : onVirtualTime;
  const result = await run({
    options,
    want,
    miners,
    workers,
    say,
    ...(suppressing && { suppressing }),
  });
  await workers.close();
  io.out(options.json ? `${JSON.stringify(demoJson(result), null, 2)}\n` : showDemo(result));
  say(`took ${((performance.now() - began) / 1_000).toFixed(2)} s of wall time`);
  return result.answer.leads.length > 0 ? EXIT.done : EXIT.no;
}

/** A page that goes on has no outcome to print, and a pace of its own. */
function refuseBoth({ watch, json, realTime, port, open }: DemoOptions): void {
  const wrong = watch
    ? [['--json', json] as const, ['--real-time', realTime] as const]
    : [['--port', port] as const, ['--open', open === true ? true : undefined] as const];
  const [found] = wrong.find(([, value]) => value !== undefined) ?? [];
  if (found === undefined) return;
  const allowed = watch ? 'without --watch' : 'with --watch alone';
  throw new UsageError({ field: found, came: 'there', allowed });
}

/** Counts what the miners leave out: it is known here alone, where all of them run. */
async function suppressingBy({ suppress }: DemoOptions): Promise<Counting | undefined> {
  if (suppress === undefined) return undefined;
  const isSuppressed = suppressedBy(await readSuppressionFile(suppress));
  const counting: Counting = { isSuppressed, count: 0, tell: (more) => (counting.count += more) };
  return counting;
}

interface Counting extends Suppressing {
  count: number;
}

function wantOf({ queryLeads, industry, region, sealed }: DemoOptions): Want {
  const want = readWant({ num_leads: queryLeads, industry, region, sealed });
  if (isFieldError(want)) throw new UsageError({ ...want, field: flagOf(want.field) });
  return want;
}

const flagOf = (field: string): string => (field === 'num_leads' ? '--query-leads' : `--${field}`);

interface Plan {
  readonly options: DemoOptions;
  readonly want: Want;
  readonly miners: readonly DemoMiner[];
  /** Threads for audits, which begin when there is enough to audit for them to pay. */
  readonly workers: Workers;
  readonly suppressing?: Counting;
  readonly say: (line: string) => void;
}

async function onVirtualTime(plan: Plan): Promise<DemoResult> {
  const clock = new VirtualClock(VIRTUAL_START);
  const subnet = demoSubnet(clock, plan.options, plan.miners, plan);
  await runUntilDone(clock, subnet.start());
  const cases = new Cases(subnet);
  subnet.observer.listen((happening) => tellTrouble(happening, plan, subnet));
  const answer = await runUntilDone(clock, subnet.ask(plan.want));
  if (answer === undefined) throw new Error('a query ended without an answer');
  const latest = later(answer.answeredAt, SETTLED_BY);
  await clock.run(() => cases.areClosed(answer) || clock.now() > latest);
  await clock.run(later(clock.now(), SPREAD));
  return finish(plan, subnet, cases, answer);
}

async function onWallClock(plan: Plan): Promise<DemoResult> {
  const clock = new WallClock();
  const subnet = demoSubnet(clock, plan.options, plan.miners, plan);
  plan.say('registering, staking and waiting for permits: some ten blocks of 12 s');
  await lastValueFrom(subnet.start(), { defaultValue: undefined });
  const cases = new Cases(subnet);
  subnet.observer.listen((happening) => tellStep(happening, plan, subnet));
  subnet.observer.listen((happening) => tellTrouble(happening, plan, subnet));
  plan.say('asking: the next block draws who answers');
  const answer = await firstValueFrom(subnet.ask(plan.want));
  const latest = later(answer.answeredAt, SETTLED_BY);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (cases.areClosed(answer) || clock.now() > latest)
        clock.at(later(clock.now(), SPREAD), resolve);
      else clock.at(later(clock.now(), seconds(1)), look);
    };
    look();
  });
  const result = finish(plan, subnet, cases, answer);
  clock.stop();
  return result;
}

/** One line a rejected batch, and one for what went wrong with a question to the world. */
function tellTrouble(happening: Happening, { say }: Plan, subnet: Subnet): void {
  if (happening.is === 'noted' && happening.note.note === 'batch_rejected') {
    const { miner, reasons } = happening.note;
    const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
    const [who, whose] = [hotkeyOf(happening.actor), miner].map((key) => subnet.nameOf(key));
    say(`${who} rejects a batch of ${whose}: ${why}`);
  }
  if (happening.is !== 'replied' || happening.cause === undefined) return;
  const { actor, reply, cause } = happening;
  const why = cause instanceof Error ? cause.message : show(cause);
  say(`${subnet.nameOf(hotkeyOf(actor))}: ${reply.service}: ${plain(why)}`);
}

function tellStep(happening: Happening, { say }: Plan, subnet: Subnet): void {
  if (happening.is !== 'noted' || happening.note.note !== 'step') return;
  say(showStep(happening.note.step, (hotkey) => subnet.nameOf(hotkey)));
}

/** The cases of this demo's attempts: settled, or left by the panel. */
class Cases {
  #closed = 0;
  countersigns = 0;

  constructor(subnet: Subnet) {
    subnet.observer.listen((happening) => {
      if (happening.is !== 'noted' || happening.note.note !== 'step') return;
      const { step } = happening.note;
      if (step.is !== 'settled' && step.is !== 'unsettled') return;
      this.#closed++;
      this.countersigns = step.countersigns;
    });
  }

  areClosed({ attempts }: QueryAnswer): boolean {
    return this.#closed >= attempts.filter(({ road }) => road.length > 0).length;
  }
}

function finish(
  { options, miners, suppressing }: Plan,
  subnet: Subnet,
  { countersigns }: Cases,
  answer: QueryAnswer,
): DemoResult {
  const validators = subnet.nodes.filter(({ plan }) => plan.role === 'validator');
  const witness = validators[0] && subnet.validatorAt(validators[0].hotkey)?.state;
  const standing = witness && standingAt(witness.ledger, Infinity);
  subnet.stop();
  return {
    seed: options.seed,
    answer,
    isVirtual: options.realTime !== true,
    nameOf: (hotkey) => subnet.nameOf(hotkey),
    miners: miners.map(({ about }, index) => ({ name: `miner-${index + 1}`, about })),
    countersigns,
    suppressedByMiners: suppressing?.count ?? 0,
    precision: validators.map(({ plan: { name }, hotkey }) => ({
      name,
      points: (standing?.validators.get(hotkey)?.precision ?? points(15)) / 1_000,
    })),
  };
}
