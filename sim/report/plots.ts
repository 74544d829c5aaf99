/**
 * Draws a plot as SVG text, without a browser: a Vega-Lite specification, in colours that the
 * colour-blind tell apart, on no background and with ink of the page's own colour, so that it reads
 * on paper and in the dark.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What is drawn, but for its looks. */
export type PlotSpec = TopLevelSpec;

/** The page's own ink. */
export const INK = 'currentColor';

/** Okabe and Ito, Color Universal Design; yellow last, as it is faint on white. */
export const PALETTE: readonly string[] = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#D55E00',
  '#CC79A7',
  '#56B4E9',
  '#999999',
  '#F0E442',
];

/** Tells lines apart where there is no colour. */
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [3, 2],
  [8, 3, 2, 3],
  [12, 4],
  [4, 2],
  [1, 2],
  [10, 2, 2, 2, 2, 2],
];

export async function drawPlot(spec: PlotSpec, labelledBy: string): Promise<string> {
  const looks = { ...spec, config: CONFIG, background: 'transparent' } as TopLevelSpec;
  const view = new View(parse(compile(looks).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  // One picture with one label: its parts say nothing to a screen reader that the label does not.
  return svg.replace('<svg ', `<svg role="img" aria-labelledby="${labelledBy}" `);
}

const CONFIG = {
  aria: false,
  font: 'system-ui, sans-serif',
  axis: {
    aria: false,
    labelColor: INK,
    titleColor: INK,
    titleFontWeight: 'normal',
    domainColor: INK,
    domainOpacity: 0.4,
    tickColor: INK,
    tickOpacity: 0.4,
    gridColor: INK,
    gridOpacity: 0.12,
    labelFontSize: 12,
    titleFontSize: 12,
    titlePadding: 8,
  },
  header: { labelColor: INK, titleColor: INK, labelFontSize: 12, labelFontWeight: 'normal' },
  legend: {
    aria: false,
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    symbolStrokeWidth: 3,
    symbolSize: 220,
    orient: 'top',
    title: null,
    labelLimit: 240,
  },
  title: { color: INK, fontSize: 13, fontWeight: 'normal', anchor: 'start' },
  view: { stroke: null },
  range: { category: PALETTE },
  bar: { aria: false },
  line: { aria: false, strokeWidth: 2.5 },
  area: { aria: false },
  rule: { aria: false },
  text: { aria: false },
};
