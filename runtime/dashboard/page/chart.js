/**
 * Lines over time, as a drawing of our own: it follows the colours of the page, and tells who cannot
 * see it what the tables beside it tell everybody.
 */
import { draw, make } from './dom.js';
import { decimal, short } from './words.js';

const HEIGHT = 190;
const EDGE = { left: 34, right: 8, top: 8, bottom: 22 };
/** Lines that differ in colour and in dashes can be told apart by who sees no colours. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
const COLOURS = 6;

/**
 * @param {any} figure @param {{ at: number[], of: { name: string, values: (number | null)[] }[] }} trend
 * @param {{ timeOf: (at: number) => string, title: string, unit: string }} about
 */
export function drawChart(figure, trend, { timeOf, title, unit }) {
  if (trend.of.length === 0 || trend.at[0] === trend.at.at(-1)) {
    const why = 'A line is drawn as soon as there are two moments to draw it between.';
    figure.replaceChildren(make('p', { class: 'none' }, why));
    return;
  }
  const width = Math.max(260, Math.floor(figure.clientWidth) || 520);
  const [first, last] = [trend.at[0], Math.max(trend.at.at(-1), trend.at[0] + 1)];
  const most = Math.max(
    1e-9,
    ...trend.of.flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  const top = niceTop(most);
  const x = (at) => EDGE.left + ((at - first) / (last - first)) * (width - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);

  const rules = [0, 0.5, 1].flatMap((share) => [
    draw('line', {
      class: 'rule',
      x1: EDGE.left,
      x2: width - EDGE.right,
      y1: y(top * share),
      y2: y(top * share),
    }),
    draw(
      'text',
      { class: 'tick', x: EDGE.left - 5, y: y(top * share) + 4, 'text-anchor': 'end' },
      label(top * share),
    ),
  ]);
  const times = [first, last].map((at, n) =>
    draw(
      'text',
      {
        class: 'tick',
        x: n === 0 ? EDGE.left : width - EDGE.right,
        y: HEIGHT - 5,
        'text-anchor': n === 0 ? 'start' : 'end',
      },
      timeOf(at),
    ),
  );
  const lines = trend.of.map(({ values }, n) =>
    draw('path', {
      class: `line line-${n % COLOURS}`,
      d: pathOf(values, (index) => x(trend.at[index]), y),
      'stroke-dasharray': DASHES[Math.floor(n / COLOURS) % DASHES.length],
    }),
  );
  const drawing = draw(
    'svg',
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: 'img',
      'aria-label': `${title}: ${spoken(trend, unit)}`,
    },
    ...rules,
    ...times,
    ...lines,
  );
  const legend = make(
    'ul',
    { class: 'legend' },
    ...trend.of.map(({ name }, n) =>
      make(
        'li',
        { title: name },
        draw(
          'svg',
          { viewBox: '0 0 22 8', width: 22, height: 8, 'aria-hidden': 'true' },
          draw('path', {
            class: `line line-${n % COLOURS}`,
            d: 'M0 4H22',
            'stroke-dasharray': DASHES[Math.floor(n / COLOURS) % DASHES.length],
          }),
        ),
        short(name),
      ),
    ),
  );
  figure.replaceChildren(drawing, legend);
}

const spoken = ({ of }, unit) =>
  of.map(({ name, values }) => `${name} ${decimal(values.at(-1) ?? 0, 1)} ${unit}`).join(', ');

function pathOf(values, x, y) {
  let path = '';
  let isDown = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    path += `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
  }
  return path;
}

function niceTop(most) {
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * size).find((top) => top >= most) ?? most;
}

const label = (value) =>
  value >= 10 || value === 0 ? String(Math.round(value)) : decimal(value, 1);
