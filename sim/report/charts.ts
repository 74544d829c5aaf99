/**
 * The plots of a report: which question each answers, and what a reader who can't see it is told.
 */
import type { Role } from '../../protocols/messages.ts';
import { STEPS, type Answers, type Figures, type Standing } from './figures.ts';
import { DASHES, INK, PALETTE, type PlotSpec } from './plots.ts';

export interface Chart {
  readonly title: string;
  /** What it shows in words and figures, below it and for a screen reader. */
  readonly says: string;
  /** Absent where there is no data. */
  readonly plot?: PlotSpec;
}

export const chartsOf = (figures: Figures): readonly Chart[] => [
  deliveredChart(figures),
  rejectedChart(figures),
  scoreChart(figures),
  timeChart(figures),
  reputationChart(figures),
  emissionChart(figures, 'miner'),
  emissionChart(figures, 'validator'),
  shareChart(figures, 'miner', 'incentive'),
  shareChart(figures, 'validator', 'dividends'),
];

function deliveredChart(figures: Figures): Chart {
  const { title, scale } = timeOf(figures);
  const values = figures.bins.map(({ from_s, to_s }, bin) => ({
    from: from_s / scale,
    to: to_s / scale,
    leads: figures.delivered[bin] ?? 0,
  }));
  const total = figures.totals.leads_delivered;
  const most = values.reduce((a, b) => (b.leads > a.leads ? b : a), { from: 0, to: 0, leads: 0 });
  return chart({
    title: 'Leads delivered',
    says:
      `${count(total)} leads went to buyers; the most, ${count(most.leads)}, between ` +
      `${round(most.from)} and ${round(most.to)} ${title}.`,
    hasData: total > 0,
    plot: {
      ...SIZE,
      data: { values },
      mark: { type: 'bar', color: PALETTE[0] ?? INK },
      encoding: { ...binnedBy(title), y: { field: 'leads', type: 'quantitative', title: 'leads' } },
    },
  });
}

/** Reasons shown by name; the rarer ones are shown together. */
const MOST_REASONS = 7;

function rejectedChart(figures: Figures): Chart {
  const { title, scale } = timeOf(figures);
  const totals = new Map<string, number>();
  for (const { reason, leads } of figures.rejected) {
    totals.set(reason, (totals.get(reason) ?? 0) + leads);
  }
  const ranked = [...totals].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const named = ranked.slice(0, MOST_REASONS).map(([reason]) => cut(reason));
  const nameOf = (reason: string): string => (named.includes(cut(reason)) ? cut(reason) : OTHERS);
  const values = figures.rejected.map(({ bin, reason, leads }) => ({
    from: (figures.bins[bin]?.from_s ?? 0) / scale,
    to: (figures.bins[bin]?.to_s ?? 0) / scale,
    reason: nameOf(reason),
    leads,
  }));
  const shares = ranked.slice(0, 3).map(([reason, leads]) => `${cut(reason)} ${count(leads)}`);
  return chart({
    title: 'Leads rejected, by the most frequent reason of their batch',
    says: `${count(figures.totals.leads_rejected)} leads were turned down; most of all for ${shares.join(', ')}.`,
    hasData: values.length > 0,
    plot: {
      ...SIZE,
      data: { values },
      mark: { type: 'bar' },
      encoding: {
        ...binnedBy(title),
        y: { aggregate: 'sum', field: 'leads', type: 'quantitative', title: 'leads' },
        color: {
          field: 'reason',
          type: 'nominal',
          scale: { domain: ranked.length > MOST_REASONS ? [...named, OTHERS] : named },
          legend: { columns: 4 },
        },
      },
    },
  });
}

const OTHERS = 'other reasons';

function scoreChart({ miners }: Figures): Chart {
  const scored = miners.filter(({ byScore }) => byScore.some((batches) => batches > 0));
  return chart({
    title: 'Final score F, by the strategy of the miner',
    says: `Share of the batches by F; the line is 0.90, from which a batch is approved. Approved of those asked for: ${scored
      .map(({ strategy, approved, asked }) => `${cut(strategy)} ${percent(approved, asked)}`)
      .join(', ')}.`,
    hasData: scored.length > 0,
    plot: distribution(scored, ({ byScore }) => byScore, { line: 0.9, title: 'F' }),
  });
}

function timeChart({ miners }: Figures): Chart {
  const timed = miners.filter(({ byTime }) => byTime.some((batches) => batches > 0));
  return chart({
    title: 'Time to answer, beside the deadline',
    says: `Share of the batches by the part of their time that they took; at the line it is up. Never answered: ${miners
      .map(({ strategy, missed, asked }) => `${cut(strategy)} ${percent(missed, asked)}`)
      .join(', ')}.`,
    hasData: timed.length > 0,
    plot: distribution(timed, ({ byTime }) => byTime, {
      line: 1,
      title: 'part of the time allowed',
    }),
  });
}

/** A row of bars for each strategy, as high as its greatest. */
function distribution(
  miners: readonly Answers[],
  stepsOf: (answers: Answers) => readonly number[],
  { line, title }: { readonly line: number; readonly title: string },
): PlotSpec {
  const values = miners.flatMap((answers) => {
    const steps = stepsOf(answers);
    const all = steps.reduce((a, b) => a + b, 0);
    return steps.map((batches, step) => ({
      strategy: cut(answers.strategy),
      from: step / STEPS,
      to: (step + 1) / STEPS,
      share: batches / all,
      line,
    }));
  });
  return {
    data: { values },
    facet: {
      row: {
        field: 'strategy',
        type: 'nominal',
        title: null,
        header: { labelOrient: 'top', labelAnchor: 'start', labelPadding: 3 },
      },
    },
    spacing: 8,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 670,
      height: 36,
      layer: [
        {
          mark: { type: 'bar', color: PALETTE[0] ?? INK },
          encoding: {
            x: { field: 'from', type: 'quantitative', bin: { binned: true }, title },
            x2: { field: 'to' },
            y: { field: 'share', type: 'quantitative', axis: null },
          },
        },
        {
          mark: { type: 'rule', color: PALETTE[3] ?? INK, strokeDash: [5, 3], strokeWidth: 1.5 },
          encoding: { x: { aggregate: 'max', field: 'line', type: 'quantitative' } },
        },
      ],
    },
  };
}

function reputationChart(figures: Figures): Chart {
  const { title, scale } = timeOf(figures);
  const own = figures.standings.filter(({ reputed }) => reputed > 0);
  const values = own.map((standing) => ({
    at: middle(figures, standing) / scale,
    strategy: cut(standing.strategy),
    value: standing.reputation / standing.reputed,
    least: standing.least,
    most: standing.most,
    floor: 15,
  }));
  const last = lastOf(own, ({ reputation, reputed }) => round(reputation / reputed));
  return chart({
    title: 'Reputation R of validators, by strategy',
    says: `The average, in a band from the least to the greatest; above the line at 15 a validator has a say and earns. In the end: ${last}.`,
    hasData: values.length > 0,
    plot: {
      ...SIZE,
      data: { values },
      encoding: { x: overTime(title) },
      layer: [
        // One layer a band, of its own data: with a scale of theirs they would take over the legend.
        ...strategiesOf(values).map((strategy, at) => ({
          data: { values: values.filter((one) => one.strategy === strategy) },
          mark: { type: 'area', opacity: 0.14, color: colourOf(strategy, at) },
          encoding: {
            y: { field: 'least', type: 'quantitative', title: 'points' },
            y2: { field: 'most' },
          },
        })),
        { mark: { type: 'line' }, encoding: lineOf(values, 'points') },
        {
          mark: { type: 'rule', color: PALETTE[3] ?? INK, strokeDash: [5, 3], strokeWidth: 1.5 },
          encoding: { y: { aggregate: 'max', field: 'floor', type: 'quantitative' }, x: null },
        },
      ],
    } as PlotSpec,
  });
}

function emissionChart(figures: Figures, role: Role): Chart {
  const { title, scale } = timeOf(figures);
  const own = figures.standings.filter((standing) => standing.role === role);
  const values = own.map((standing) => ({
    at: middle(figures, standing) / scale,
    strategy: cut(standing.strategy),
    value: standing.emission / standing.rows,
  }));
  const sums = figures.earnings.filter((earnings) => earnings.role === role);
  return chart({
    title: `Emission of one ${role}, by strategy`,
    says: `TAO in an epoch, on average. Over the run, each: ${sums
      .map(({ strategy, mean_tao }) => `${cut(strategy)} ${round(mean_tao)} TAO`)
      .join(', ')}.`,
    hasData: own.some(({ emission }) => emission > 0),
    plot: {
      ...SIZE,
      data: { values },
      mark: { type: 'line' },
      encoding: { x: overTime(title), ...lineOf(values, 'TAO an epoch') },
    },
  });
}

function shareChart(figures: Figures, role: Role, pay: 'incentive' | 'dividends'): Chart {
  const { title, scale } = timeOf(figures);
  const own = figures.standings.filter((standing) => standing.role === role);
  const totals = Map.groupBy(own, ({ bin }) => bin);
  const values = own.map((standing) => {
    const all = (totals.get(standing.bin) ?? []).reduce((sum, one) => sum + one[pay], 0);
    return {
      at: middle(figures, standing) / scale,
      strategy: cut(standing.strategy),
      value: all > 0 ? standing[pay] / all : 0,
    };
  });
  const last = lastOf(own, (standing) => {
    const all = (totals.get(standing.bin) ?? []).reduce((sum, one) => sum + one[pay], 0);
    return percent(standing[pay], all);
  });
  const name = pay === 'incentive' ? 'Incentive of miners' : 'Dividends of validators';
  return chart({
    title: `${name}, by strategy`,
    says: `Whose strategies the pay of all ${role}s went to. In the end: ${last}.`,
    hasData: own.some((standing) => standing[pay] > 0),
    plot: {
      ...SIZE,
      data: { values },
      mark: { type: 'area', opacity: 0.85 },
      encoding: {
        x: overTime(title),
        y: {
          aggregate: 'sum',
          field: 'value',
          type: 'quantitative',
          stack: 'zero',
          title: 'share of the pay',
          axis: { format: '.0%' },
          scale: { domain: [0, 1] },
        },
        color: coloured(values),
      },
    },
  });
}

const SIZE = { width: 750, height: 220 };

function chart(parts: Required<Chart> & { readonly hasData: boolean }): Chart {
  const { title, says, plot, hasData } = parts;
  return hasData ? { title, says, plot } : { title, says: 'No data.' };
}

/** Days where hours would run into the hundreds. */
function timeOf({ bins }: Figures): { readonly title: string; readonly scale: number } {
  const isLong = (bins.at(-1)?.to_s ?? 0) > 4 * 86_400;
  return isLong ? { title: 'days', scale: 86_400 } : { title: 'hours', scale: 3_600 };
}

const binnedBy = (title: string) =>
  ({
    x: {
      field: 'from',
      type: 'quantitative',
      bin: { binned: true },
      title: `${title} since the run began`,
    },
    x2: { field: 'to' },
  }) as const;

const overTime = (title: string) =>
  ({ field: 'at', type: 'quantitative', title: `${title} since the run began` }) as const;

const lineOf = (values: readonly { readonly strategy: string }[], title: string) =>
  ({
    y: { field: 'value', type: 'quantitative', title },
    color: coloured(values),
    strokeDash: {
      field: 'strategy',
      type: 'nominal',
      scale: { domain: strategiesOf(values), range: strategiesOf(values).map(dashOf) },
    },
  }) as const;

const coloured = (values: readonly { readonly strategy: string }[]) =>
  ({
    field: 'strategy',
    type: 'nominal',
    scale: { domain: strategiesOf(values), range: strategiesOf(values).map(colourOf) },
  }) as const;

const colourOf = (_: string, at: number): string => PALETTE[at % PALETTE.length] ?? '';
const dashOf = (_: string, at: number): number[] => [...(DASHES[at % DASHES.length] ?? [1, 0])];

/** Honest first, so that it has the same colour in every plot. */
const strategiesOf = (values: readonly { readonly strategy: string }[]): string[] =>
  [...new Set(values.map(({ strategy }) => strategy))].toSorted(
    (a, b) => Number(b === 'honest') - Number(a === 'honest') || (a < b ? -1 : 1),
  );

const middle = ({ bins }: Figures, { bin }: Standing): number =>
  ((bins[bin]?.from_s ?? 0) + (bins[bin]?.to_s ?? 0)) / 2;

/** How each strategy stood in the last bin that there is anything of. */
function lastOf(standings: readonly Standing[], show: (standing: Standing) => string): string {
  const last = standings.at(-1)?.bin;
  return standings
    .filter(({ bin }) => bin === last)
    .map((standing) => `${cut(standing.strategy)} ${show(standing)}`)
    .join(', ');
}

/** A stranger's name may be as long as it likes. */
export const cut = (text: string): string => (text.length > 32 ? `${text.slice(0, 31)}…` : text);

export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');

/** Three digits, or all of them before the point. */
export const round = (value: number): string =>
  Math.abs(value) >= 1_000 ? count(value) : String(Number(value.toPrecision(3)));

export const percent = (part: number, all: number): string =>
  all > 0 ? `${Math.floor((part * 100) / all)} %` : '0 %';
