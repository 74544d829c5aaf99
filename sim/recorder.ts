/**
 * Turns what happens in a run into the rows of its tables.
 */
import { standingAt } from '../protocols/ledger.ts';
import {
  attemptOf,
  hotkeyOf,
  type Address,
  type Answered,
  type Batch,
  type Delivery,
  type Entry,
  type Envelope,
  type Query,
  type Refusal,
  type Report,
  type RoadStep,
  type Role,
} from '../protocols/messages.ts';
import { isApproved } from '../protocols/rules/audit.ts';
import { batchDue } from '../protocols/rules/deadlines.ts';
import { agrees } from '../protocols/rules/final-score.ts';
import type { Penalty } from '../protocols/rules/penalties.ts';
import {
  ONE,
  points,
  RAO_PER_TAO,
  type Hotkey,
  type Instant,
  type Rao,
} from '../protocols/units.ts';
import type { ChainEpoch } from '../runtime/chain/in-memory.ts';
import type { Happening, Outgoing } from '../runtime/host.ts';
import type { Subnet } from '../runtime/subnet.ts';
import { paidByRules } from './pay.ts';
import { strategyOf } from './strategies/strategies.ts';
import type { Collector, EpochRow, FlagRow, NeuronRow } from './tables.ts';
import { witnessIn } from './witness.ts';

/** What is kept of an attempt until its delivery: at most some twelve minutes. */
interface Asked {
  readonly askedAt: Instant;
  readonly due: Instant;
  readonly answeredAt: Map<Hotkey, Instant>;
}

/** How long a simulated block takes. */
const BLOCK_S = 12;

type Counted = Omit<EpochRow, 'epoch' | 'block' | 'at_s'>;

export class Recorder {
  readonly #collector: Collector;
  readonly #subnet: Subnet;
  readonly #start: Instant;
  readonly #asked = new Map<string, Asked>();
  readonly #settled = new Set<string>();
  readonly #told = new Set<string>();
  /** Of this epoch, what each validator said of bad batches. */
  readonly #onBad = new Map<Hotkey, typeof NO_BAD>();
  readonly #who: Parameters<typeof paidByRules>[2];
  #counted: { -readonly [K in keyof Counted]: Counted[K] } = nothingYet();
  #epoch = 0;

  constructor(collector: Collector, subnet: Subnet, start: Instant) {
    this.#collector = collector;
    this.#subnet = subnet;
    this.#start = start;
    const hotkeysOf = (role: Role) =>
      subnet.nodes.filter(({ plan }) => plan.role === role).map(({ hotkey }) => hotkey);
    this.#who = { validators: hotkeysOf('validator'), miners: hotkeysOf('miner') };
  }

  see(happening: Happening): void {
    switch (happening.is) {
      case 'received':
        this.#counted.messages++;
        this.#receive(happening.envelope, happening.at);
        break;
      case 'sent':
        this.#send(happening.envelope, happening.at);
        break;
      case 'lost':
        this.#counted.lost++;
        break;
      case 'asked':
        if (happening.ask.ask === 'answer') this.#answer(happening.ask.input.leads.length);
        break;
      case 'replied':
      case 'noted':
      case 'started':
      case 'crashed':
      case 'stopped':
        break;
    }
  }

  /** The run has ended: what came after the last epoch is a row of its own. */
  end(block: number, at: Instant): void {
    this.#count(block, at);
    this.#tellFlags(block, at);
  }

  /** What was counted since the last time. */
  #count(block: number, at: Instant): { readonly epoch: number; readonly at_s: number } {
    const at_s = this.#seconds(at);
    const epoch = this.#epoch++;
    this.#collector.add('epochs', { epoch, block, at_s, ...this.#counted });
    this.#counted = nothingYet();
    return { epoch, at_s };
  }

  /** An epoch has turned: what was counted since the last one, and where everyone stands. */
  turn({ block, rows }: ChainEpoch, at: Instant): void {
    const { epoch, at_s } = this.#count(block, at);

    this.#tellFlags(block, at);
    const witness = witnessIn(this.#subnet);
    const standing = witness && standingAt(witness.ledger, block, this.#subnet.ownerOf);
    const pay = new Map(rows.map((row) => [row.hotkey, row]));
    const pot = rows.reduce((sum, { emission }) => sum + emission, 0n) as Rao;
    const byRules = paidByRules(pot, standing, this.#who);
    for (const { plan, hotkey } of this.#subnet.nodes) {
      if (plan.role === 'buyer') continue;
      const own = pay.get(hotkey);
      const asValidator = plan.role === 'validator' ? standing?.validators.get(hotkey) : undefined;
      const asMiner = plan.role === 'miner' ? standing?.miners.get(hotkey) : undefined;
      const isValidator = plan.role === 'validator';
      this.#collector.add('neurons', {
        epoch,
        at_s,
        name: plan.name,
        role: plan.role,
        strategy: strategyOf(plan.name)?.strategy ?? 'honest',
        precision: isValidator ? (asValidator?.precision ?? points(15)) / 1_000 : null,
        consistency: isValidator ? (asValidator?.consistency ?? ONE) / ONE : null,
        reputation: isValidator ? (asValidator?.reputation ?? points(15)) / 1_000 : null,
        accuracy: plan.role === 'miner' ? (asMiner?.accuracy ?? 0) / ONE : null,
        dependability: plan.role === 'miner' ? (asMiner?.dependability ?? ONE) / ONE : null,
        weight: plan.role === 'miner' ? (asMiner?.weight ?? 0) / ONE : null,
        incentive: own?.incentive ?? 0,
        dividends: own?.dividends ?? 0,
        emission: Number(byRules.get(hotkey) ?? 0n) / Number(RAO_PER_TAO),
        chain_emission: Number(own?.emission ?? 0n) / Number(RAO_PER_TAO),
        ...(this.#onBad.get(hotkey) ?? NO_BAD),
      });
    }
    this.#onBad.clear();
  }

  /** What has been found by now: once each flag and restriction, and once more where it was lifted. */
  #tellFlags(block: number, at: Instant): void {
    const penalties = witnessIn(this.#subnet)?.ledger.penalties;
    if (penalties === undefined) return;
    for (const [role, histories] of [
      ['validator', penalties.validators],
      ['buyer', penalties.buyers],
    ] as const) {
      for (const penalty of [...histories.values()].flatMap((one) => one.penalties)) {
        this.#tellFlag(penalty, role === 'validator' ? 'flagged' : 'restricted', { block, at });
        if (penalty.lifted !== undefined) this.#tellFlag(penalty, 'lifted', { block, at });
      }
    }
  }

  #tellFlag(
    { hotkeys, at: since, until, lifted, score, why }: Penalty,
    event: FlagRow['event'],
    now: { readonly block: number; readonly at: Instant },
  ): void {
    const block = event === 'lifted' ? (lifted ?? until) : since;
    const secondsAt = (of: number): number => this.#seconds(now.at) - (now.block - of) * BLOCK_S;
    for (const hotkey of hotkeys) {
      const told = `${hotkey} ${since} ${event}`;
      if (this.#told.has(told)) continue;
      this.#told.add(told);
      const name = this.#subnet.nameOf(hotkey);
      const known = strategyOf(name);
      this.#collector.add('flags', {
        at_s: secondsAt(block),
        block,
        name,
        role: known?.role ?? 'buyer',
        strategy: known?.strategy ?? 'honest',
        event,
        score: score / ONE,
        until_block: until,
        until_s: secondsAt(until),
        why,
      });
    }
  }

  /** The first time that a pool refuses a restricted buyer, with the end that it is told. */
  #tellRefusal(to: Address, { reason, until }: Refusal, at: Instant): void {
    if (reason !== 'restricted' || until === undefined || !to.startsWith('buyer/')) return;
    const buyer = hotkeyOf(to);
    const told = `${buyer} ${until.block} refused`;
    const penalties = witnessIn(this.#subnet)?.ledger.penalties;
    const restriction = penalties?.buyers
      .get(this.#subnet.ownerOf(buyer))
      ?.penalties.find((one) => one.until === Number(until.block));
    if (restriction === undefined || this.#told.has(told)) return;
    this.#told.add(told);
    const name = this.#subnet.nameOf(buyer);
    this.#collector.add('flags', {
      at_s: this.#seconds(at),
      block: restriction.at,
      name,
      role: 'buyer',
      strategy: strategyOf(name)?.strategy ?? 'honest',
      event: 'refused',
      score: restriction.score / ONE,
      until_block: restriction.until,
      until_s: this.#seconds(until.instant),
      why: restriction.why,
    });
  }

  #receive({ kind, to, body }: Envelope, at: Instant): void {
    if (kind === 'want') this.#counted.queries++;
    if (kind === 'query' && to.startsWith('pool/')) {
      const query = body as Query;
      this.#asked.set(keyOf(query.id, attemptOf(query)), {
        askedAt: query.rounds.at(-1)?.askedAt ?? at,
        due: batchDue(query),
        answeredAt: new Map(),
      });
    }
    if (kind === 'batch' && to.startsWith('pool/')) {
      const { query, miner } = body as Batch;
      this.#asked.get(keyOf(query.id, attemptOf(query)))?.answeredAt.set(miner, at);
    }
  }

  #send({ kind, from, to, body }: Outgoing, at: Instant): void {
    if (kind === 'delivery') this.#deliver(body as Delivery);
    if (kind === 'refusal' && from.startsWith('pool/')) this.#tellRefusal(to, body as Refusal, at);
    // An entry goes to everyone: it is told of once.
    if (kind !== 'settlement' || !from.startsWith('pool/')) return;
    const { pool, number, record } = body as Entry;
    const name = `${pool}/${number}`;
    if (record.kind !== 'settled' || this.#settled.has(name)) return;
    this.#settled.add(name);
    for (const answer of record.case.answers) {
      if (answer.kind !== 'answered') continue;
      this.#punish(answer, at);
      if (isBad(answer)) for (const report of answer.reports) this.#countBad(report);
    }
  }

  #deliver({ query, attempt, road }: Delivery): void {
    const key = keyOf(query, attempt);
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    for (const step of road) {
      const isGood = step.outcome === 'approved';
      this.#counted[isGood ? 'batches_approved' : 'batches_rejected']++;
      this.#collector.add('batches', {
        query,
        attempt,
        at_s: this.#seconds(asked.askedAt),
        ...this.#stepRow(step, asked),
      });
    }
  }

  #stepRow(step: RoadStep, { askedAt, due, answeredAt }: Asked) {
    const { miner, outcome, count, finalScore, checks, reasons, reports } = step;
    const arrived = answeredAt.get(miner);
    const [most] = reasons.toSorted(([, a], [, b]) => b - a);
    const name = this.#subnet.nameOf(miner);
    return {
      miner: name,
      strategy: strategyOf(name)?.strategy ?? 'honest',
      outcome,
      leads: count,
      final_score: finalScore === undefined ? null : finalScore / ONE,
      passed: checks?.passed ?? 0,
      failed: checks?.failed ?? 0,
      unknown: checks?.unknown ?? 0,
      reason: most?.[0] ?? '',
      answered_s: arrived === undefined ? null : (arrived - askedAt) / 1_000,
      due_s: (due - askedAt) / 1_000,
      reports: reports.length,
    };
  }

  #punish({ reports, finalScore, checks }: Answered, at: Instant): void {
    if (finalScore === undefined || checks?.outcome === 'undecided') return;
    const scored = reports.flatMap(({ validator, score }) =>
      score === undefined ? [] : [{ validator, score }],
    );
    for (const { validator, score } of scored) {
      if (checks?.outcome === 'failed') {
        if (isApproved(score)) this.#penalty(validator, 'approved a batch that failed', -20, at);
      } else if (scored.length >= 2 && !agrees(score, finalScore)) {
        this.#penalty(validator, 'far from the final score', -10, at);
      }
    }
  }

  #countBad({ validator, score }: Report): void {
    if (score === undefined) return;
    const { bad_scored, bad_approved } = this.#onBad.get(validator) ?? NO_BAD;
    this.#onBad.set(validator, {
      bad_scored: bad_scored + 1,
      bad_approved: bad_approved + (isApproved(score) ? 1 : 0),
    });
  }

  #penalty(hotkey: Hotkey, why: string, lost: number, at: Instant): void {
    const validator = this.#subnet.nameOf(hotkey);
    const strategy = strategyOf(validator)?.strategy ?? 'honest';
    this.#collector.add('penalties', {
      at_s: this.#seconds(at),
      validator,
      strategy,
      why,
      points: lost,
    });
  }

  #answer(leads: number): void {
    if (leads > 0) this.#counted.answered++;
    this.#counted.leads_delivered += leads;
  }

  #seconds(at: Instant): number {
    return (at - this.#start) / 1_000;
  }
}

const NO_BAD: Pick<NeuronRow, 'bad_scored' | 'bad_approved'> = { bad_scored: 0, bad_approved: 0 };

/** Rejected, or approved and then found bad; of what nobody could tell nothing is held against anyone. */
const isBad = ({ finalScore, approved, checks }: Answered): boolean =>
  finalScore !== undefined && (!approved || checks?.outcome === 'failed');

const keyOf = (query: string, attempt: number): string => `${query}/${attempt}`;

const nothingYet = (): Counted => ({
  queries: 0,
  answered: 0,
  leads_delivered: 0,
  batches_approved: 0,
  batches_rejected: 0,
  messages: 0,
  lost: 0,
});
