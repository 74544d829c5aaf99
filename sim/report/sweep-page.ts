/**
 * A sweep's report as one page: for each point of the grid what every strategy earns beside an honest
 * one of its role, as the mean over the seeds with its 95 % band.
 */
import { shell, table, text } from '../../runtime/page.ts';
import type { Parameters } from '../sweep-file.ts';
import type { Band } from './bands.ts';
import type { Catch, Rate, Times } from './catches.ts';
import { count, cut, round, type Chart } from './charts.ts';
import type { Gain, PointGains } from './gains.ts';
import { section } from './html.ts';
import { INK, PALETTE, type PlotSpec } from './plots.ts';

export interface SweepReport {
  readonly name: string;
  /** As the sweep's file names it. */
  readonly scenario: string;
  readonly version: string;
  readonly points: readonly PointGains[];
}

export async function sweepPage({ name, scenario, version, points }: SweepReport): Promise<string> {
  const cells = points.reduce((sum, point) => sum + point.cells, 0);
  const sections: string[] = [];
  // One after the other: Vega numbers clip paths and gradients as it goes.
  for (const [at, point] of points.entries()) sections.push(await pointSection(point, at));
  return shell(
    `${name}: a Leadpoet sweep`,
    `<header>
<h1>${text(name)}</h1>
<p>The scenario ${text(scenario)} at ${many(points.length, 'point')} of a grid, ${many(cells, 'run')} in all, each from a seed of its own; leadpoet ${text(version)}.
Pay is by the rules: a validator's in proportion to R_v, a miner's to W_m; by the chain it is by stake, bonds and incentive.
A band holds the mean of all seeds with 95 % confidence (Student's t over the seeds of the point).</p>
</header>
${sections.join('\n')}`,
  );
}

async function pointSection(point: PointGains, at: number): Promise<string> {
  const { cells, violated, answered, delivered, gains, catches } = point;
  const title = showParameters(point.parameters);
  const trouble =
    violated === 0
      ? ''
      : ` <strong>A checker found something in ${count(violated)} of them.</strong>`;
  return `<h2 id="point-${at}">${text(title)}</h2>
<p>${many(cells, 'run')}.${trouble} Queries answered: ${share(answered)}; leads delivered in a run: ${span(delivered, round)}.</p>
${await section(gainsChart(gains, title), at)}
${gainsTable(gains)}
${catchesTable(catches)}`;
}

export const showParameters = (parameters: Parameters): string => {
  const said = Object.entries(parameters).map(([key, value]) => `${key} = ${value}`);
  return said.length === 0 ? 'as the scenario says' : said.join(', ');
};

const gainsTable = (gains: readonly Gain[]): string =>
  table(
    'Mean over the seeds, and its 95 % band.',
    [
      'role',
      'strategy',
      '#each run',
      '#TAO of one',
      '#beside honest',
      '#by the chain',
      '#bad batches approved',
    ],
    gains.map(({ role, strategy, neurons, tao, besideHonest, byTheChain, badApproved }) => [
      role,
      cut(strategy),
      count(neurons),
      tao === undefined ? '–' : round(tao.mean),
      times(besideHonest),
      times(byTheChain),
      share(badApproved),
    ]),
  );

const catchesTable = (catches: readonly Catch[]): string =>
  table(
    'Who was flagged or restricted for collusion, of all in all runs. When: the median run, and the latest. A year: flags in a year of one of them, and at most how many may be expected of it (95 %). Pay: by the rules, of all of them, in the epochs of a flag and in those after it.',
    [
      'role',
      'strategy',
      '#each run',
      '#caught',
      '#runs with any',
      '#with all',
      '#first, hours',
      '#all, hours',
      '#a year',
      '#lifted',
      '#told',
      '#TAO while flagged',
      '#afterwards',
    ],
    catches.map((own) => [
      own.role,
      cut(own.strategy),
      count(own.each),
      `${count(own.caught)} of ${count(own.each * own.runs)}`,
      `${count(own.runsWithAny)} of ${count(own.runs)}`,
      `${count(own.runsWithAll)} of ${count(own.runs)}`,
      when(own.first),
      when(own.all),
      yearly(own.perYear),
      count(own.lifted),
      own.role === 'buyer' ? count(own.told) : '–',
      own.role === 'buyer' ? '–' : round(own.during_tao),
      own.role === 'buyer' ? '–' : round(own.after_tao),
    ]),
  );

const when = (times: Times | undefined): string =>
  times === undefined ? '–' : `${hours(times.median)} (${hours(times.latest)})`;
const hours = (seconds: number): string => (seconds / 3_600).toFixed(1);
const yearly = ({ count: found, years, most }: Rate): string =>
  years > 0 ? `${(found / years).toFixed(2)} (≤ ${most.toFixed(2)})` : '–';

/** A dot for the mean and a line for the band, one below the other; 1 is what an honest one earns. */
function gainsChart(gains: readonly Gain[], title: string): Chart {
  const values = gains
    .filter(({ strategy }) => strategy !== 'honest')
    .flatMap(({ role, strategy, besideHonest }) =>
      besideHonest === undefined
        ? []
        : [{ who: `${role}, ${cut(strategy)}`, role, ...besideHonest }],
    );
  const says = values
    .map(({ who, mean, low, high }) => `${who} ${fixed(mean)} × (${fixed(low)} to ${fixed(high)})`)
    .join('; ');
  const shown = `What one of each earns beside an honest one: ${title}`;
  if (values.length === 0) return { title: shown, says: '' };
  const y = { field: 'who', type: 'nominal', sort: null, title: null, axis: { labelLimit: 240 } };
  const color = {
    field: 'role',
    type: 'nominal',
    scale: { domain: ['miner', 'validator'], range: PALETTE.slice(0, 2) },
  };
  return {
    title: shown,
    says: `${says}. The line at 1 is what an honest one earns.`,
    plot: {
      width: 480,
      height: { step: 24 },
      data: { values },
      layer: [
        {
          mark: { type: 'rule', color: INK, strokeDash: [4, 3] },
          encoding: { x: { datum: 1, type: 'quantitative' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 3 },
          encoding: {
            y,
            x: { field: 'low', type: 'quantitative', title: 'pay beside an honest one' },
            x2: { field: 'high' },
            color,
          },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: { y, x: { field: 'mean', type: 'quantitative' }, color },
        },
      ],
    } as PlotSpec,
  };
}

const fixed = (ratio: number): string => ratio.toFixed(2);
const times = (own: Band | undefined): string =>
  own === undefined ? '–' : `${fixed(own.mean)} × (${fixed(own.low)} to ${fixed(own.high)})`;
const many = (number: number, what: string): string =>
  `${count(number)} ${what}${number === 1 ? '' : 's'}`;
const span = (own: Band | undefined, show: (figure: number) => string): string =>
  own === undefined ? '–' : `${show(own.mean)} (${show(own.low)} to ${show(own.high)})`;
const share = (own: Band | undefined): string =>
  span(own, (figure) => `${(100 * figure).toFixed(1)} %`);
