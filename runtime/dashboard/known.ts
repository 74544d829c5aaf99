/**
 * What whoever is watched knows of everyone: standing, flags and their evidence, as the page shows it.
 *
 *     ledger ──▶ R_v, P_v, C_v · W_m, A_m, D_m ──▶ `standing`        penalties, finding ──▶ `flags`
 */
import { standingAt, type Ledger } from '../../protocols/ledger.ts';
import { neuronOf, type Metagraph, type OwnerOf } from '../../protocols/metagraph.ts';
import { WATCHED, type Evidence, type Finding } from '../../protocols/rules/collusion/finding.ts';
import type { Owner } from '../../protocols/rules/penalty-events.ts';
import { isInForce, type Penalty } from '../../protocols/rules/penalties.ts';
import { START } from '../../protocols/rules/reputation.ts';
import { reputationOf, type Standing } from '../../protocols/standing.ts';
import { ONE, showTao, type Hotkey } from '../../protocols/units.ts';

/** Where it is known from; asked for at each look. */
export interface Knowledge {
  readonly metagraph: Metagraph;
  /** Absent with who keeps none: a miner, a buyer. */
  readonly ledger?: Ledger | undefined;
  readonly ownerOf: OwnerOf;
}

/** Rows of a table: a subnet has 64 validators at most, and of the miners the best are worth a row. */
const MOST_ROWS = 64;
/** Flags and restrictions shown, the newest. */
const MOST_FLAGS = 24;
/** Of a flag's evidence, what tells most. */
const MOST_REASONS = 4;
/** Batches and names that a reason lists. */
const MOST_NAMED = 8;
/** Whom findings are kept of. */
const MOST_FOUND = 128;

type NameOf = (hotkey: Hotkey) => string;

/** Undefined where no ledger is kept. */
export function standingOf({ ledger, metagraph, ownerOf }: Knowledge): Standing | undefined {
  return ledger && standingAt(ledger, metagraph.head.number + 1, ownerOf);
}

/** Of whom there is a record, and who is registered and has none yet. */
export const registered = (
  { neurons }: Metagraph,
  role: 'miner' | 'validator',
  known: ReadonlyMap<Hotkey, unknown>,
): readonly Hotkey[] => [
  ...new Set([
    ...known.keys(),
    ...neurons.filter(({ roles }) => roles.includes(role)).map(({ hotkey }) => hotkey),
  ]),
];

/** Figures as people read them: points, shares of 1, TAO. */
export function standingPart(knowledge: Knowledge, standing: Standing, nameOf: NameOf): object {
  const { metagraph } = knowledge;
  const validators = registered(metagraph, 'validator', standing.validators)
    .map((hotkey) => {
      const known = standing.validators.get(hotkey);
      return {
        name: nameOf(hotkey),
        r: reputationOf(standing, hotkey) / 1_000,
        p: (known?.precision ?? START) / 1_000,
        c: (known?.consistency ?? ONE) / ONE,
        flagged: known?.flagged ?? standing.isFlagged?.(hotkey) ?? false,
        stake: stakeOf(hotkey),
      };
    })
    .toSorted((a, b) => b.r - a.r || (a.name < b.name ? -1 : 1));
  const miners = registered(metagraph, 'miner', standing.miners)
    .map((hotkey) => {
      const known = standing.miners.get(hotkey);
      return {
        name: nameOf(hotkey),
        w: (known?.weight ?? 0) / ONE,
        a: (known?.accuracy ?? 0) / ONE,
        d: (known?.dependability ?? ONE) / ONE,
      };
    })
    .toSorted((a, b) => b.w - a.w || (a.name < b.name ? -1 : 1));
  return {
    validators: validators.slice(0, MOST_ROWS),
    miners: miners.slice(0, MOST_ROWS),
    more: {
      validators: Math.max(0, validators.length - MOST_ROWS),
      miners: Math.max(0, miners.length - MOST_ROWS),
    },
  };

  function stakeOf(hotkey: Hotkey): string | null {
    const neuron = neuronOf(metagraph, hotkey);
    return neuron === undefined ? null : showTao(neuron.stake);
  }
}

/** What evaluations found, the latest of each validator that was at least watched for it. */
export class Findings {
  readonly #of = new Map<Hotkey, readonly Evidence[]>();

  keep({ validators }: Finding): void {
    for (const { validator, score, evidence } of validators) {
      if (score < WATCHED) continue;
      // So that the one found longest ago is the first to go.
      this.#of.delete(validator);
      this.#of.set(validator, evidence.slice(0, MOST_REASONS));
    }
    for (const oldest of this.#of.keys()) {
      if (this.#of.size <= MOST_FOUND) break;
      this.#of.delete(oldest);
    }
  }

  of(hotkeys: readonly Hotkey[]): readonly Evidence[] {
    return hotkeys.flatMap((hotkey) => this.#of.get(hotkey) ?? []).slice(0, MOST_REASONS);
  }
}

/** Who is flagged or restricted, the newest first, and on what evidence. */
export function flagsPart(
  { ledger, metagraph, ownerOf }: Knowledge,
  findings: Findings,
  nameOf: NameOf,
): readonly object[] {
  if (ledger === undefined) return [];
  const owned = Map.groupBy(metagraph.neurons, ({ hotkey }) => ownerOf(hotkey));
  // Of who is registered nowhere, the hotkey stands for the coldkey.
  const hotkeysOf = (owner: Owner): readonly Hotkey[] =>
    owned.get(owner)?.map(({ hotkey }) => hotkey) ?? [owner as string as Hotkey];
  const { validators, buyers } = ledger.penalties;
  const all = [
    ...[...validators.values()].flatMap(({ penalties }) => penalties.map(viewOf('flagged'))),
    ...[...buyers.values()].flatMap(({ penalties }) => penalties.map(viewOf('restricted'))),
  ];
  return all.toSorted((a, b) => b.since - a.since || (a.who < b.who ? -1 : 1)).slice(0, MOST_FLAGS);

  function viewOf(is: 'flagged' | 'restricted') {
    return (penalty: Penalty) => ({
      is,
      who: penalty.hotkeys.map(nameOf).join(', '),
      since: penalty.at,
      from: penalty.from,
      until: penalty.until,
      isInForce: isInForce(penalty, metagraph.head.number + 1),
      lifted: penalty.lifted ?? null,
      score: penalty.score / ONE,
      why: named(penalty.why),
      ring: penalty.ring
        .slice(0, MOST_NAMED)
        .map((owner) => hotkeysOf(owner).map(nameOf).join(', ')),
      votes: penalty.appeal?.votes.size ?? null,
      evidence: findings.of(penalty.hotkeys).map((evidence) => ({
        channel: evidence.channel,
        with: evidence.with.slice(0, MOST_NAMED).map(nameOf),
        miners: evidence.miners.slice(0, MOST_NAMED).map(nameOf),
        buyers: evidence.buyers.slice(0, MOST_NAMED).map(nameOf),
        batches: evidence.batches.slice(0, MOST_NAMED).map((batch) => batch.slice(0, 12)),
        why: named(evidence.why),
      })),
    });
  }

  /** A sentence of the rules speaks of hotkeys. */
  function named(text: string): string {
    return text.replaceAll(HOTKEY, (hotkey) => nameOf(hotkey as Hotkey));
  }
}

/** As a mock network writes one, in hex, or a chain, in base 58. */
const HOTKEY = /\b[0-9A-Za-z]{46,64}\b/g;
