/**
 * A run's report as one page that needs nothing else: no script, no request, plots as SVG in the
 * page. Names in it are a stranger's text, and are shown as text.
 */
import { shell, table, text } from '../../runtime/page.ts';
import type { Tables } from '../tables.ts';
import { chartsOf, count, cut, percent, round, type Chart } from './charts.ts';
import { figuresOf, type Figures } from './figures.ts';
import type { Manifest, Summary } from './manifest.ts';
import { drawPlot } from './plots.ts';

export interface Report {
  readonly manifest: Manifest;
  readonly summary: Summary;
  readonly tables: Tables;
}

export async function reportHtml({ manifest, summary, tables }: Report): Promise<string> {
  return pageOf(manifest, summary, await figuresOf(tables, manifest.virtual_s));
}

/** The same from figures that are at hand: the tables are read once. */
export async function pageOf(
  manifest: Manifest,
  summary: Summary,
  figures: Figures,
): Promise<string> {
  const plots: string[] = [];
  // One after the other: Vega numbers clip paths and gradients as it goes.
  for (const [at, chart] of chartsOf(figures).entries()) plots.push(await section(chart, at));
  const title = `${manifest.scenario.name}, seed ${manifest.seed}: a Leadpoet run`;
  return shell(
    title,
    `<header>
<h1>${text(manifest.scenario.name)}</h1>
<p>Seed ${manifest.seed}; ${round(manifest.virtual_s / 3_600)} virtual hours in ${round(manifest.wall_s)} s;
${count(manifest.events)} events; leadpoet ${text(manifest.version)} on Node ${text(manifest.node)}.
Digest <code>${text(manifest.digest.slice(0, 16))}</code></p>
</header>
${cards(summary)}
<section aria-labelledby="earn"><h2 id="earn">What each strategy earns beside an honest one</h2>
${earningsTable(summary)}</section>
${plots.join('\n')}
<section aria-labelledby="answers"><h2 id="answers">Answers of the miners</h2>
${answersTable(figures)}</section>
<section aria-labelledby="flags"><h2 id="flags">Flagged for collusion</h2>
${flagsTable(figures)}</section>
<section aria-labelledby="penalties"><h2 id="penalties">Ledger of penalties</h2>
${penaltiesTable(figures)}</section>
<section aria-labelledby="scenario"><h2 id="scenario">The scenario</h2>
<pre tabindex="0">${text(manifest.scenario.text)}</pre></section>`,
  );
}

export async function section({ title, says, plot }: Chart, at: number): Promise<string> {
  const id = `plot-${at}`;
  const body =
    plot === undefined
      ? '<p class="none">No data.</p>'
      : `<figure>${await drawPlot(plot, `${id} ${id}-says`)}
<figcaption id="${id}-says">${text(says)}</figcaption></figure>`;
  return `<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>\n${body}</section>`;
}

function cards(summary: Summary): string {
  const figures: readonly (readonly [string, string])[] = [
    ['queries answered', `${count(summary.answered)} of ${count(summary.queries)}`],
    ['leads delivered', count(summary.leads_delivered)],
    ['leads rejected', count(summary.leads_rejected)],
    ['batches approved', `${count(summary.batches_approved)} of ${count(summary.batches)}`],
    ['messages lost', `${count(summary.lost)} of ${count(summary.messages)}`],
    ['penalties', count(summary.penalties)],
    ['flagged for collusion', count(summary.flagged)],
    ['buyers restricted', count(summary.restricted)],
  ];
  return `<dl class="cards">${figures
    .map(([what, value]) => `<div><dt>${what}</dt><dd>${value}</dd></div>`)
    .join('')}</dl>`;
}

const earningsTable = ({ earnings }: Summary): string =>
  table(
    'TAO over the whole run by the rules, by role and strategy. Beside honest: the average over that of an honest one; by the chain: the same of what stake, bonds and incentive pay.',
    ['role', 'strategy', '#each', '#average', '#least', '#most', '#beside honest', '#by the chain'],
    earnings.map((own) => [
      own.role,
      cut(own.strategy),
      count(own.neurons),
      round(own.mean_tao),
      round(own.least_tao),
      round(own.most_tao),
      times(own.beside_honest),
      times(own.chain_beside_honest),
    ]),
  );

const times = (ratio: number | null): string => (ratio === null ? '–' : `${ratio.toFixed(2)} ×`);

const answersTable = ({ miners }: Figures): string =>
  table(
    'Batches asked of the miners of each strategy, and what became of them.',
    ['strategy', '#asked', '#missed', '#approved', '#of those asked', '#leads sent'],
    miners.map(({ strategy, asked, missed, approved, leads }) => [
      cut(strategy),
      count(asked),
      count(missed),
      count(approved),
      percent(approved, asked),
      count(leads),
    ]),
  );

const flagsTable = ({ flags }: Figures): string =>
  table(
    'Validators whose word counts for nothing, and buyers that are refused; a flag that an appeal has lifted has a second row, as has the first time that a buyer was refused and told until when.',
    ['#hours', 'who', 'role', 'strategy', 'what', '#V_c', 'why', '#until, days'],
    flags.map(({ at_s, name, role, strategy, event, score, why, until_s }) => [
      (at_s / 3_600).toFixed(1),
      cut(name),
      role,
      cut(strategy),
      event,
      score.toFixed(2),
      reason(why),
      event === 'lifted' ? '–' : (until_s / 86_400).toFixed(1),
    ]),
  );

/** Evidence names validators and batches by 64 digits, which no column has room for. */
const reason = (why: string): string => {
  const short = why.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
  return short.length <= MOST_REASON ? short : `${short.slice(0, MOST_REASON)}…`;
};
const MOST_REASON = 240;

function penaltiesTable({ penalties, totals }: Figures): string {
  const rest = totals.penalties - penalties.length;
  const more = rest > 0 ? ` ${count(rest)} more are in penalties.parquet.` : '';
  return table(
    `Points that validators lost at once, in the order of time.${more}`,
    ['#hours', 'validator', 'strategy', 'why', '#points'],
    penalties.map(({ at_s, validator, strategy, why, points }) => [
      (at_s / 3_600).toFixed(1),
      cut(validator),
      cut(strategy),
      reason(why),
      String(points),
    ]),
  );
}
