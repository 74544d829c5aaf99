/**
 * What can be told of a lead by looking at the Internet, and a verdict by the deadline whatever hangs.
 *
 *     audit   its website, and mail of its domain
 *     check   its website, and whether its address exists
 *
 *     look ──▶ found lately? ──▶ asked already? ──▶ its turn ──▶ ask ──▶ nothing told: them or us?
 *
 * Of what comes at once all websites begin first: they take the most steps, and what takes longest
 * would end alone, were it begun last.
 *
 * How long a look may take shrinks as the deadline nears. Those that wait need so many rounds of
 * what may be open at once; what is left, divided by these and its own, is its part. So where
 * everything hangs, the last still gets as much as the first, and a queue that moves fast gives most of its
 * time back to who comes later. A look that was broken off before its full time has proven nothing:
 * it goes to the end of the queue for another try, and is at last `deadline`, not the host's fault.
 */
import { digest } from '../../protocols/hash.ts';
import type { Lead } from '../../protocols/lead.ts';
import { deadlineVerdict } from '../../protocols/rules/audit.ts';
import { disposableListDigest } from '../../protocols/rules/disposable.ts';
import { readWebUrl } from '../../protocols/rules/format.ts';
import {
  hours,
  later,
  minutes,
  seconds,
  type Digest,
  type Duration,
  type Instant,
} from '../../protocols/units.ts';
import { because, both, outcomeOf, PASS, type Verdict } from '../../protocols/verdict.ts';
import type { Clock } from '../host.ts';
import type { Controls, FindingStore, Mailboxes, Names, Web } from './looking.ts';
import {
  mailboxLook,
  mailLook,
  PROVIDER_OUT,
  UNDELIVERABLE,
  UNREACHABLE,
  UNRESOLVED,
  webLook,
  type Look,
  type MailboxPolicy,
  type Told,
} from './looks.ts';
import { Pace } from './pace.ts';
import { Shared, type Flight } from './shared.ts';
import { soonBy, Turns } from './turns.ts';
import { WayOut } from './way-out.ts';
import { inTime } from './in-time.ts';

export interface ReachOptions {
  readonly names: Names;
  readonly web: Web;
  readonly controls: Controls;
  /** Absent: whether an address exists is judged by whether its domain takes mail. */
  readonly mailboxes?: Mailboxes;
  readonly findings: FindingStore;
  /**
   * Names the list of throw-away domains that the node judges by; that of this release where absent.
   * No finding outlives it: each is kept under it, and with another list all is asked anew.
   */
  readonly list?: Digest;
  /** Of look-ups at names and websites. */
  readonly pace?: Pace;
  readonly clock: Clock;
  readonly policy?: MailboxPolicy;
  readonly times?: Partial<ReachTimes>;
  /** Told of what should never be thrown: the lead's verdict is then that we could not tell. */
  readonly onTrouble?: (cause: unknown) => void;
}

export interface ReachTimes {
  /** A host that says nothing for so long is at fault. The slowest good ones take five seconds. */
  readonly longest: Duration;
  /** A verdict is there at least so long before its deadline: the loop may be late, and it has to be sent. */
  readonly margin: Duration;
}

export interface Reach {
  /** Never rejects, and is there by the deadline. Where the signal aborts, at once. */
  audit(lead: Lead, by: Instant, signal?: AbortSignal): Promise<Verdict>;
  check(lead: Lead, by: Instant, signal?: AbortSignal): Promise<Verdict>;
  /** Ends all looks, and closes the web and the findings that it was handed. */
  close(): Promise<void>;
}

export const openReach = (options: ReachOptions): Reach => new Reaching(options);

const TIMES: ReachTimes = { longest: seconds(8), margin: 300 as Duration };
/** Below this no host is asked: even a near one takes as long. */
const LEAST_TIME: Duration = 50 as Duration;
/** Of one look: one is lost, one is cut short, and one tells. */
const MOST_TRIES = 3;
/** Names are asked twice before their silence means anything. */
const TRIES_OF_SILENCE = 2;
/** What is there stays there for a morning. */
const PASS_LASTS: Duration = hours(6);
/** Long enough for the other batches of a query, short enough for its miner to mend it. */
const FAIL_LASTS: Duration = minutes(15);
/** A provider that cannot tell an address is not paid again for the same query. */
const PROVIDER_LASTS: Duration = minutes(2);
/** A provider keeps its own pace; so many of its answers we wait for at once. */
const OPEN_AT_PROVIDER = 64;

/** Looks, not leads. To begin one that has to wait takes some 25 µs: 1 ms. `bench/batch-deadline.ts`. */
const JUDGED_A_TURN = 40;
/** To send the first packet of a look takes 0.2 ms, and several times that while the code is cold. */
const ASKED_A_TURN = 8;
/** Deadlines of one instant are spread over so long, a few leads each: to end one takes as long. */
const SPREAD_MS = 200;
const SPREAD_STEP_MS = 2;

const OFFLINE: Verdict = because('checker_offline');
/** One for all: to make an error takes longer than to begin a look. */
const LEFT = new Error('nobody waits any more');

/** A look, and what its verdict is for who wanted it. */
interface Wanted {
  readonly look: Look;
  /** Not done by the deadline. */
  readonly late: Verdict;
  readonly read?: (verdict: Verdict) => Verdict;
}

class Reaching implements Reach {
  readonly #options: ReachOptions;
  readonly #clock: Clock;
  readonly #times: ReachTimes;
  readonly #list: Digest;
  readonly #pace: Pace;
  readonly #providerPace = new Pace({ total: OPEN_AT_PROVIDER, perHost: OPEN_AT_PROVIDER });
  readonly #wayOut: WayOut;
  readonly #looks = new Shared<Verdict | 'late'>();
  /** Of all who wait. */
  readonly #leaving = new Set<AbortController>();
  readonly #turns: Turns;
  readonly #sending: Turns;
  #spread = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#times = { ...TIMES, ...options.times };
    this.#list = options.list ?? disposableListDigest();
    this.#pace = options.pace ?? new Pace();
    this.#wayOut = new WayOut(options.controls, options.clock);
    this.#turns = new Turns(JUDGED_A_TURN, soonBy(options.clock));
    this.#sending = new Turns(ASKED_A_TURN, soonBy(options.clock));
  }

  audit(lead: Lead, by: Instant, signal?: AbortSignal): Promise<Verdict> {
    return this.#judge(() => this.#ofAudit(lead), by, signal);
  }

  check(lead: Lead, by: Instant, signal?: AbortSignal): Promise<Verdict> {
    return this.#judge(() => this.#ofCheck(lead), by, signal);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    for (const leaving of this.#leaving) leaving.abort(LEFT);
    await this.#options.web.close();
    this.#options.findings.close();
  }

  #ofAudit(lead: Lead): readonly Wanted[] {
    const mail: Wanted = {
      look: mailLook(this.#options.names, lead['Owner(s) Email']),
      late: deadlineVerdict,
      read: (verdict) => (verdict === UNDELIVERABLE ? UNRESOLVED : verdict),
    };
    return [...this.#website(lead, deadlineVerdict), mail];
  }

  #ofCheck(lead: Lead): readonly Wanted[] {
    const { mailboxes, names, policy = {} } = this.#options;
    const email = lead['Owner(s) Email'];
    const address: Wanted =
      mailboxes === undefined
        ? { look: mailLook(names, email), late: UNRESOLVED }
        : { look: mailboxLook(mailboxes, email, policy), late: PROVIDER_OUT };
    return [...this.#website(lead, UNREACHABLE), address];
  }

  /** None where the address is not one: its format has failed already. */
  #website(lead: Lead, late: Verdict): readonly Wanted[] {
    const url = readWebUrl(lead.Website);
    return url === undefined ? [] : [{ look: webLook(this.#options.web, url), late }];
  }

  /** What is wanted begins in its order, each after the ones before it of all leads that came at once. */
  async #judge(
    // Reading its address is part of a lead's turn.
    wantedOf: () => readonly Wanted[],
    by: Instant,
    signal: AbortSignal | undefined,
  ): Promise<Verdict> {
    await this.#turns.next();
    const due = (by - this.#times.margin - this.#nextSpread()) as Instant;
    const leaving = new AbortController();
    const leave = (): void => leaving.abort(LEFT);
    const isOver = this.#clock.now() >= due || this.#closed !== undefined;
    if (isOver || signal?.aborted === true) leave();
    signal?.addEventListener('abort', leave, { once: true });
    const cancel = this.#clock.at(due, leave);
    this.#leaving.add(leaving);
    try {
      const finding: Promise<Verdict>[] = [];
      for (const one of wantedOf()) {
        if (finding.length > 0) await this.#turns.next();
        finding.push(this.#find(one, due, leaving.signal));
      }
      return (await Promise.all(finding)).reduce(both, PASS);
    } finally {
      cancel();
      this.#leaving.delete(leaving);
      signal?.removeEventListener('abort', leave);
    }
  }

  #nextSpread(): number {
    this.#spread = (this.#spread + SPREAD_STEP_MS) % SPREAD_MS;
    return this.#spread;
  }

  async #find({ look, late, read = asIs }: Wanted, due: Instant, signal: AbortSignal) {
    const known = this.#options.findings.get(this.#keyOf(look), this.#clock.now());
    if (known !== undefined) return read(known);
    try {
      const found = await this.#looks.join(look.key, due, signal, (flight) =>
        this.#look(look, flight),
      );
      return found === 'late' ? late : read(found);
    } catch (cause) {
      if (!signal.aborted) {
        this.#options.onTrouble?.(cause);
        return OFFLINE;
      }
      // There is no time left to ask whose fault it is; but it may be known.
      return look.silence !== undefined && this.#wayOut.isKnownShut() ? OFFLINE : late;
    }
  }

  /** Until something is told. Rejects when nobody waits any more. */
  async #look(look: Look, flight: Flight): Promise<Verdict | 'late'> {
    for (let tries = 1; ; tries++) {
      const told = await this.#ask(look, flight);
      if (told === 'late') {
        if (look.silence === undefined) return 'late';
        const left = flight.by - this.#clock.now();
        if (tries < MOST_TRIES && left > LEAST_TIME) continue;
        // Where nothing gets out at all, it was not for want of time.
        return (await this.#wayOut.isOpen('web', flight.signal)) ? 'late' : OFFLINE;
      }
      if (told.is === 'told') return this.#keep(look, told.verdict);
      if (told.isWorthAnother && tries < TRIES_OF_SILENCE) continue;
      if (!(await this.#wayOut.isOpen(told.way, flight.signal))) return OFFLINE;
      return this.#keep(look, told.fault);
    }
  }

  /** One try, when it is its turn. `late` where it was not given its full time. */
  #ask(look: Look, flight: Flight): Promise<Told | 'late'> {
    const { silence } = look;
    // A provider has its own limits, and all the time that there is.
    const [pace, longest] =
      silence === undefined ? [this.#providerPace, Infinity] : [this.#pace, this.#times.longest];
    return pace.run(look.host, flight.signal, async () => {
      await this.#sending.next();
      const part = (flight.by - this.#clock.now()) / (1 + pace.rounds(look.host));
      const time = Math.floor(Math.min(longest, part)) as Duration;
      if (time < LEAST_TIME) return 'late';
      const told = await inTime(this.#clock, time, flight.signal, look.ask);
      return told === 'late' && time === longest && silence !== undefined ? silence : told;
    });
  }

  #keep(look: Look, verdict: Verdict): Verdict {
    const { findings } = this.#options;
    const until = later(this.#clock.now(), LASTS[outcomeOf(verdict)]);
    findings.put(this.#keyOf(look), verdict, until);
    return verdict;
  }

  /** A digest, so that the store is no list of people, and no stranger chooses how long a key is. */
  #keyOf({ key }: Look): string {
    return digest('leadpoet.finding/2', this.#list, key);
  }
}

const LASTS = { pass: PASS_LASTS, fail: FAIL_LASTS, unknown: PROVIDER_LASTS } as const;

const asIs = (verdict: Verdict): Verdict => verdict;
