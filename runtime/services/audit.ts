/**
 * A validator's audits as a service, without the network: in line, or in the pool of workers where
 * that is over sooner. What comes in within one turn is one group, and is judged as one.
 *
 *     few bytes, or a cold pool   ──▶  in line, at most 20 ms before others have their turn
 *     many                        ──▶  cut into tasks of some 16 batches, one to a thread at a time
 *
 * Both ways run the same function over the same bytes.
 */
import { Observable, type Subscriber } from 'rxjs';
import type { Services } from '../../actors/actor.ts';
import type { Verdict } from '../../protocols/verdict.ts';
import { ServiceFault, type ServicePort } from '../host.ts';
import { measuredCosts, type AuditCosts } from './audit-costs.ts';
import { auditLeads } from './audit.worker.ts';
import type { Audited, Workers } from './workers.ts';

export interface AuditOptions {
  /** Absent: all is done in line, and answered at once. */
  readonly workers?: Workers;
  /** Keeps a virtual clock where it is until released: work in threads takes real time. */
  readonly hold?: () => () => void;
  /** What the choice goes by: what was measured, where absent. */
  readonly costs?: AuditCosts;
}

/** Every audit is answered once, or refused once; one that nobody waits for is dropped. */
export function auditPort({
  workers,
  hold = noHold,
  costs = measuredCosts(),
}: AuditOptions = {}): ServicePort<'audit'> {
  if (workers === undefined) return inLine;
  const desk = new Desk(workers, hold, costs);
  return (input) => new Observable((subscriber) => desk.take(waitingFor(input, subscriber)));
}

/** 16 batches of the usual size: some 5 ms, thirty times the trip. `bench/audit-pool.ts`. */
const TASK_BYTES = 400_000;
/** So long may audits keep the node from everything else. */
const SLICE_MS = 20;
/** What starting the threads costs, and no less than this must have been lost before they are. */
const START_MS = 300;
/** Of batches that wait: 2 500 of the usual size, a second's work. */
const MAX_WAITING_BYTES = 67_108_864;

interface Waiting extends Audited {
  readonly subscriber: Subscriber<readonly Verdict[]>;
}

const waitingFor = (
  { batch, sample }: Services['audit']['input'],
  subscriber: Subscriber<readonly Verdict[]>,
): Waiting => ({ leads: batch.leads, want: batch.query.want, sample, subscriber });

const inLine: ServicePort<'audit'> = (input) =>
  new Observable((subscriber) => answerInLine(waitingFor(input, subscriber)));

function answerInLine({ leads, want, sample, subscriber }: Waiting): void {
  try {
    subscriber.next(auditLeads(leads, want, sample));
    subscriber.complete();
  } catch (cause) {
    subscriber.error(brokenOff(cause));
  }
}

/** Where audits wait for the end of the turn in which they came. */
class Desk {
  readonly #workers: Workers;
  readonly #hold: () => () => void;
  readonly #costs: AuditCosts;
  readonly #waiting = new Set<Waiting>();
  #waitingBytes = 0;
  /** Bytes that the workers have and have not given back. */
  #ahead = 0;
  /** How much sooner all that was done in line would have been over in a warm pool, in ms. */
  #lost = 0;

  constructor(workers: Workers, hold: () => () => void, costs: AuditCosts) {
    this.#workers = workers;
    this.#hold = hold;
    this.#costs = costs;
  }

  take(one: Waiting): void {
    if (this.#waitingBytes + one.leads.length > MAX_WAITING_BYTES) {
      return one.subscriber.error(new ServiceFault('refused', 'too many audits are waiting'));
    }
    if (this.#waiting.size === 0 && this.#isTrifle(one.leads.length)) return answerInLine(one);
    this.#waiting.add(one);
    this.#waitingBytes += one.leads.length;
    one.subscriber.add(() => this.#drop(one));
    if (this.#waiting.size === 1) this.#soon(queueMicrotask);
  }

  #drop(one: Waiting): void {
    if (this.#waiting.delete(one)) this.#waitingBytes -= one.leads.length;
  }

  #soon(when: (task: () => void) => void): void {
    const release = this.#hold();
    when(() => {
      this.#work();
      release();
    });
  }

  #work(): void {
    if (this.#waiting.size === 0) return;
    const ways = this.#evenWays();
    if (!this.#isSoonerPooled(ways)) return this.#workInLine(ways);

    const threads = Math.min(this.#workers.threads, this.#waiting.size);
    const room = this.#workers.room();
    if (room < threads) return this.#workInLine(ways);
    // Larger tasks rather than none, where there is not room for so many.
    const count = Math.min(room, Math.max(threads, Math.ceil(this.#waitingBytes / TASK_BYTES)));
    const tasks = cut([...this.#waiting], count);
    for (const one of this.#waiting) this.#drop(one);
    const group = { sentAt: 0 };
    for (const task of tasks) void this.#send(task, group);
    group.sentAt = performance.now();
  }

  /**
   * Whether even four of this size would not pay for a trip: then it is done before it has been
   * written down. A flood of them holds nobody up, since an actor asks for no more than a turn's.
   */
  #isTrifle(bytes: number): boolean {
    return this.#costs.pooled(bytes, 1, 0) > 4 * this.#costs.inLine(bytes);
  }

  /** Three batches on two threads take as long as two of them: that is one and a half ways. */
  #evenWays(): number {
    const count = this.#waiting.size;
    return count / Math.ceil(count / this.#workers.threads);
  }

  #isSoonerPooled(ways: number): boolean {
    const bytes = this.#waitingBytes;
    const pooled = this.#costs.pooled(bytes, ways, this.#ahead);
    return this.#workers.isWarm() && pooled < this.#costs.inLine(bytes);
  }

  #workInLine(ways: number): void {
    const from = performance.now();
    let bytes = 0;
    for (const one of this.#waiting) {
      this.#drop(one);
      bytes += one.leads.length;
      answerInLine(one);
      if (performance.now() - from > SLICE_MS) break;
    }
    this.#costs.ranInLine(bytes, performance.now() - from);
    if (this.#waiting.size > 0) this.#soon(setImmediate);
    this.#regret(this.#costs.inLine(bytes) - this.#costs.pooled(bytes, ways, this.#ahead));
  }

  /** Threads are started once not having them has cost as much as starting them does. */
  #regret(lost: number): void {
    if (this.#workers.isWarm() || lost <= 0) return;
    this.#lost += lost;
    if (this.#lost < START_MS) return;
    this.#lost = 0;
    // A pool that cannot start is none: everything goes on in line.
    this.#workers.warm().catch(() => undefined);
  }

  async #send(task: readonly Waiting[], group: { readonly sentAt: number }): Promise<void> {
    const release = this.#hold();
    const bytes = sizeOf(task);
    const isFirst = this.#ahead === 0;
    const from = performance.now();
    this.#ahead += bytes;
    try {
      const { verdicts, counts, took } = await this.#workers.audit(task);
      // Of those that had to wait for a thread the trip cannot be told.
      // Nor does it count that this thread was still busy with sending the others.
      const trip = performance.now() - Math.max(from + took, group.sentAt);
      if (isFirst) this.#costs.ranPooled(bytes, took, took + trip);
      let at = 0;
      for (const [index, { subscriber }] of task.entries()) {
        subscriber.next([...verdicts.subarray(at, (at += counts[index] ?? 0))] as Verdict[]);
        subscriber.complete();
      }
    } catch (cause) {
      for (const { subscriber } of task) subscriber.error(brokenOff(cause));
    } finally {
      this.#ahead -= bytes;
      release();
    }
  }
}

const brokenOff = (cause: unknown): ServiceFault =>
  new ServiceFault('unavailable', 'the audit broke off', { cause });

const sizeOf = (batches: readonly Audited[]): number =>
  batches.reduce((size, { leads }) => size + leads.length, 0);

/** Into at most `count` tasks of about the same size, in order, none of them empty. */
function cut(batches: readonly Waiting[], count: number): readonly (readonly Waiting[])[] {
  const share = sizeOf(batches) / count;
  const tasks: Waiting[][] = [];
  let size = 0;
  for (const one of batches) {
    const task = tasks.at(-1);
    if (task === undefined || size >= share * tasks.length) tasks.push([one]);
    else task.push(one);
    size += one.leads.length;
  }
  return tasks;
}

const noHold = (): (() => void) => () => undefined;
