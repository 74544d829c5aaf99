/** What `bench/collusion.ts` prints beside its goals. */
import type { Finding } from '../../protocols/rules/collusion/finding.ts';
import { ONE } from '../../protocols/units.ts';
import type { World } from '../../sim/collusion/world.ts';
import {
  foundByKind,
  guiltyBuyersIn,
  LINE,
  type Scores,
  type Share,
  type Verdict,
} from './verdicts.ts';

export const verdictTable = (verdicts: readonly Verdict[]): string =>
  table([
    ['at 0.70', 'AUC', 'AP', 'precision', 'recall', 'F1', 'honest flagged', 'AUC by world'],
    ...verdicts.map((one) => [
      one.method,
      three(one.auc),
      three(one.averagePrecision),
      three(one.precision),
      three(one.recall),
      three(one.f1),
      `${(one.wronglyFlagged * 100).toFixed(2)} %`,
      three(one.aucByWorld),
    ]),
  ]);

export function foundTable(worlds: readonly World[], scores: readonly Scores[]): string {
  const kinds = [...foundByKind(worlds, scores)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = kinds.map(([kind, { weak, strong }]) => [kind, of(weak), of(strong)]);
  return table([['members found', 'up to 0.45', 'above'], ...rows]);
}

/** Of those that over-rate for a ring, or to frame. */
export function buyersTable(worlds: readonly World[], findings: readonly Finding[]): string {
  const buyers = worlds.flatMap((world, at) => {
    const guilty = guiltyBuyersIn(world);
    return (findings[at]?.buyers ?? []).map((one) => ({
      ...one,
      isGuilty: guilty.has(one.buyer),
      frames: world.truth.framers.includes(one.buyer),
    }));
  });
  const said = (title: string, some: typeof buyers): string[] => {
    const right = some.filter(({ isGuilty }) => isGuilty);
    const share = (of: (one: (typeof buyers)[number]) => boolean): Share => ({
      found: right.filter(of).length,
      of: buyers.filter((one) => one.isGuilty && of(one)).length,
    });
    return [
      title,
      three(right.length / some.length),
      of(share(({ frames }) => !frames)),
      of(share(({ frames }) => frames)),
    ];
  };
  return table([
    ['buyers', 'precision', "rings' found", 'framers found'],
    said(
      'score from 0.70',
      buyers.filter(({ score }) => score / ONE >= LINE),
    ),
    said(
      'restricted',
      buyers.filter((one) => one.restricted),
    ),
  ]);
}

const three = (figure: number): string => (Number.isNaN(figure) ? 'none' : figure.toFixed(3));
const of = ({ found, of: all }: Share): string => `${found} of ${all}`;

function table(rows: readonly (readonly string[])[]): string {
  return rows
    .map(([first = '', ...rest]) =>
      `${first.padEnd(30)}${rest.map((cell) => cell.padStart(15)).join('')}`.trimEnd(),
    )
    .join('\n');
}
