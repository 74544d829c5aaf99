/**
 * Where a query asks for sealed reports, nobody says what it found while anyone can still make up
 * its mind, nobody says anything else than it committed to, and a case names what was committed.
 *
 *     commits of all the panel sent, or 125 s after the batches were due ──▶ reports
 *
 * What a commit has to be is worked out here from the text of the rules and not by the function that
 * the subnet calls: where that takes any report for the one committed to, everyone agrees.
 */
import { digest } from '../../protocols/hash.ts';
import type { Case, Commit, Query, Report } from '../../protocols/messages.ts';
import type { Instant } from '../../protocols/units.ts';
import { canonical } from '../../protocols/wire.ts';
import type { Checker } from './checker.ts';

/** Commits and showing, in milliseconds after the batches were due. */
const LAST_COMMIT = 125_000;
/** Above what any attempt takes from its query to its case. */
const KEPT = 900_000;

/** What is known of one attempt at a query that asks for sealed reports. */
interface Attempt {
  readonly since: Instant;
  /** The last instant for batches, in milliseconds. */
  readonly due: number;
  /** How many validators were drawn. */
  readonly panel: number;
  /** The hash that each validator committed to, by miner and validator. */
  readonly seals: Map<string, string>;
}

export function sealedReports(): Checker {
  const open = new Map<string, Attempt>();
  /** What was drawn last: its query is sent next. */
  let drawn = { key: '', panel: 0 };

  function begin(query: Query, at: Instant): void {
    const key = `${query.id}/${query.rounds.length}`;
    if (query.want.sealed !== true || open.has(key)) return;
    for (const [old, { since }] of open) {
      if (since + KEPT >= at) break;
      open.delete(old);
    }
    const asked = query.rounds.at(-1)?.askedAt ?? query.openedAt;
    const due = asked + 120_000 + 2_000 * query.want.leads;
    const panel = drawn.key === key ? drawn.panel : NaN;
    open.set(key, { since: at, due, panel, seals: new Map() });
  }

  function commits({ query, attempt, miner, validator, seal }: Commit): string | undefined {
    const known = open.get(`${query}/${attempt}`);
    if (known === undefined) return `${validator} commits on a query that does not ask for it`;
    const who = `${miner} ${validator}`;
    // A node that went away and came back knows nothing of its commit, and may make another.
    known.seals.set(who, seal);
    return undefined;
  }

  function reports(report: Report, at: Instant): string | undefined {
    const { query, attempt, miner, validator } = report;
    const known = open.get(`${query}/${attempt}`);
    if (known === undefined) {
      return report.nonce === undefined ? undefined : `${validator} opens what nobody sealed`;
    }
    const what = `the report of ${validator} on the batch of ${miner}`;
    if (known.seals.get(`${miner} ${validator}`) !== sealOf(report)) {
      return `${what} is not the one that it committed to`;
    }
    const others = [...known.seals.keys()].filter((who) => who.startsWith(`${miner} `)).length;
    if (at <= known.due + LAST_COMMIT && others !== known.panel) {
      return `${what} is told when ${others} of ${known.panel} have committed`;
    }
    return undefined;
  }

  function settles({ query, answers }: Case): string | undefined {
    if (query.want.sealed !== true) return undefined;
    for (const { reports: told, commits: shown = [] } of answers) {
      for (const report of told) {
        const own = shown.find(({ validator }) => validator === report.validator);
        if (own?.seal !== sealOf(report)) {
          return `a case of ${query.id} has a report of ${report.validator} that opens no commit`;
        }
      }
    }
    return undefined;
  }

  return {
    name: 'sealed',
    see(happening) {
      if (happening.is === 'noted' && happening.note.note === 'step') {
        const { query, attempt, step } = happening.note;
        if (step.is === 'drawn') drawn = { key: `${query}/${attempt}`, panel: step.panel };
      }
      if (happening.is !== 'sent') return undefined;
      const { kind, body } = happening.envelope;
      if (kind === 'query') begin(body as Query, happening.at);
      if (kind === 'commit') return commits(body as Commit);
      if (kind === 'report') return reports(body as Report, happening.at);
      return kind === 'proposal' ? settles(body as Case) : undefined;
    },
  };
}

function sealOf(report: Report): string {
  const { nonce = '', signature: _, ...said } = report as Report & { readonly signature?: unknown };
  return digest('leadpoet.commit/1', said.validator, canonical(said), nonce);
}
