/**
 * Everything but the queries: what happens, standing, flags, the pool, peers, quotas.
 */
import { drawChart } from './chart.js';
import { at, fill, keyed, make, put, say, show } from './dom.js';
import { clock, count, decimal, named, plural, short, since, span, words } from './words.js';

let lastRead = 0;

export function drawLines(lines, time) {
  const when = (ms) => (time?.began === undefined ? clock(ms) : since(ms - time.began));
  const newest = lines.at(-1)?.number ?? 0;
  const oldest = lines[0]?.number ?? 0;
  const passed = lastRead > 0 ? Math.max(0, oldest - lastRead - 1) : 0;
  lastRead = newest;
  say(
    at('passed'),
    passed > 0
      ? `The newest is on top. ${plural(passed, 'line')} went by unread: the run is faster than an eye.`
      : 'The newest is on top.',
  );
  keyed(
    at('lines'),
    lines.toReversed(),
    ({ number }) => String(number),
    ({ number, at: ms, tone, text }) =>
      make(
        'li',
        { class: tone, value: number },
        make('time', { datetime: new Date(ms).toISOString() }, when(ms)),
        make('span', {}, cut(text)),
      ),
    () => undefined,
  );
}

/** Hotkeys in a sentence are known by their ends, too. */
const cut = (text) => text.replaceAll(/\b[0-9A-Za-z]{40,}\b/g, (name) => short(name));

export function drawStanding(standing) {
  const { validators, miners, more } = standing;
  show(at('no-standing'), false);
  show(at('standings'), true);
  fill(
    at('validators'),
    ['validator', '#R', '#P', '#C', '#stake, TAO', 'state'],
    [
      ...validators.map(({ name, r, p, c, flagged, stake }) => [
        named(name),
        decimal(r, 1),
        decimal(p, 1),
        decimal(c),
        stake === null ? '–' : stake.replace(/(\.\d\d)\d+$/, '$1'),
        flagged
          ? { text: 'flagged', class: 'bad' }
          : { text: r > 15 ? 'has a say' : 'new', class: 'soft' },
      ]),
      ...moreRow(more.validators, 6),
    ],
  );
  fill(
    at('miners'),
    ['miner', '#W', '#A', '#D'],
    [
      ...miners.map(({ name, w, a, d }) => [
        named(name),
        decimal(w, 3),
        decimal(a, 3),
        decimal(d, 3),
      ]),
      ...moreRow(more.miners, 4),
    ],
  );
}

const moreRow = (more, columns) =>
  more > 0 ? [[`and ${count(more)} more`, ...Array.from({ length: columns - 1 }, () => '')]] : [];

export function drawTrend(trend, time) {
  const timeOf = (ms) => (time?.began === undefined ? clock(ms) : since(ms - time.began));
  const reputations = { timeOf, title: 'Reputation over time', unit: 'points' };
  drawChart(at('chart-r'), trend.reputations, reputations);
  drawChart(at('chart-w'), trend.weights, { timeOf, title: 'Weight over time', unit: '' });
}

export function drawFlags(flags, chain) {
  const inForce = flags.filter((flag) => flag.isInForce).length;
  show(at('no-flag'), flags.length === 0);
  show(at('flag-count'), inForce > 0);
  say(at('flag-count'), inForce);
  keyed(
    at('flag-list'),
    flags,
    ({ is, who, since: block }) => `${is} ${who} ${block}`,
    newFlag,
    (card, flag) => mendFlag(card, flag, chain),
  );
}

const newFlag = () =>
  make(
    'article',
    { class: 'flag' },
    make('h3'),
    make('p', { class: 'soft' }),
    make('p', { class: 'why' }),
    make('ul', { class: 'evidence' }),
  );

function mendFlag(card, flag, chain) {
  const [title, about, why, list] = card.children;
  put(card, 'class', `flag ${flag.isInForce ? 'bad' : 'past'}`);
  say(title, `${cut(flag.who)} is ${state(flag)}`);
  const left = flag.until - (chain?.block ?? flag.since);
  say(
    about,
    [
      `${flag.is === 'flagged' ? 'V_c' : 'score'} ${decimal(flag.score)}`,
      `since block ${count(flag.since)}`,
      flag.isInForce ? `for ${count(left)} more blocks` : undefined,
      flag.ring.length > 0 ? `with ${flag.ring.map((name) => cut(name)).join(', ')}` : undefined,
      flag.votes === null ? undefined : `${plural(flag.votes, 'vote')} on its appeal`,
    ]
      .filter(Boolean)
      .join(' · '),
  );
  say(why, flag.evidence.length === 0 ? cut(flag.why) : '');
  show(why, flag.evidence.length === 0 && flag.why !== '');
  keyed(
    list,
    flag.evidence.map((evidence, n) => ({ ...evidence, n })),
    ({ n }) => String(n),
    () => make('li', {}, make('b'), make('span'), make('small')),
    (item, { channel, why: reason, miners, buyers, batches }) => {
      say(item.children[0], channel === 'favour' ? 'Favours: ' : 'Copies: ');
      say(item.children[1], cut(reason));
      say(
        item.children[2],
        [
          miners.length > 0 ? `miners ${miners.map((name) => short(name)).join(', ')}` : undefined,
          buyers.length > 0 ? `buyers ${buyers.map((name) => short(name)).join(', ')}` : undefined,
          batches.length > 0 ? `batches ${batches.join(', ')}` : undefined,
        ]
          .filter(Boolean)
          .join('; '),
      );
    },
  );
}

function state({ is, isInForce, lifted }) {
  if (lifted !== null)
    return `${is === 'flagged' ? 'flagged' : 'restricted'} no more: it was lifted`;
  return isInForce ? is : `${is} no more`;
}

/** Regions that have a column of their own; the others share one. */
const MOST_COLUMNS = 7;

export function drawPools(pools) {
  show(at('no-pool'), pools.length === 0);
  keyed(
    at('pools'),
    pools,
    ({ name }) => name,
    () =>
      make(
        'div',
        { class: 'stock' },
        make(
          'div',
          { class: 'wide', tabindex: '0', role: 'region' },
          make('table', {}, make('caption'), make('thead'), make('tbody')),
        ),
      ),
    (element, pool) => {
      const scroller = element.children[0];
      put(scroller, 'aria-label', `The stock of ${short(pool.name)}`);
      drawStock(scroller.children[0], pool);
    },
  );
}

function drawStock(table, { name, total, rows, more }) {
  const byRegion = summed(rows, ({ region }) => region);
  const byIndustry = summed(rows, ({ industry }) => industry);
  const regions = byRegion.slice(0, MOST_COLUMNS).map(([region]) => region);
  const most = Math.max(1, ...rows.map(({ leads }) => leads));
  const of = (industry, isIn) =>
    rows
      .filter((row) => row.industry === industry && isIn(row.region))
      .reduce((sum, { leads }) => sum + leads, 0);
  const cell = (leads) => ({
    text: leads === 0 ? '–' : count(leads),
    class: leads === 0 ? 'soft' : `heat-${Math.min(4, 1 + Math.floor((leads / most) * 3.99))}`,
  });
  say(
    table.caption,
    `${short(name)} holds ${plural(total, 'lead')}, by industry and region${more > 0 ? `; ${count(more)} rows are left out` : ''}`,
  );
  const hasOthers = byRegion.length > regions.length;
  fill(
    table,
    [
      'industry',
      ...regions.map((region) => `#${clip(region)}`),
      ...(hasOthers ? ['#others'] : []),
      '#all',
    ],
    byIndustry.map(([industry, all]) => [
      clip(industry),
      ...regions.map((region) => cell(of(industry, (one) => one === region))),
      ...(hasOthers ? [cell(of(industry, (one) => !regions.includes(one)))] : []),
      count(all),
    ]),
  );
}

/** A region is whatever somebody wrote. */
const clip = (text) => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

function summed(rows, by) {
  const sums = new Map();
  for (const row of rows) sums.set(by(row), (sums.get(by(row)) ?? 0) + row.leads);
  return [...sums].toSorted(([, a], [, b]) => b - a);
}

export function drawPeers({ rows, more, unlisted }, time) {
  const now = time?.now ?? 0;
  say(
    at('peer-caption'),
    unlisted > 0
      ? `Who talks, by messages; ${plural(unlisted, 'message')} of others`
      : 'Who talks, by messages; those who say most are on top',
  );
  fill(
    at('peer-table'),
    ['peer', 'role', '#said', '#was told', '#refused', '#lost', '#last heard'],
    [
      ...rows.map(({ name, role, said, told, refused, lost, at: ms }) => [
        named(name),
        { text: role, class: `role ${role}` },
        count(said),
        count(told),
        count(refused),
        count(lost),
        ms === null ? '–' : `${span(Math.max(0, now - ms))} ago`,
      ]),
      ...moreRow(more, 7),
    ],
  );
}

export function drawFigures(figures) {
  const shown = figures.filter(({ rows }) => rows.length > 0);
  keyed(
    at('figures'),
    shown,
    ({ title }) => title,
    ({ title }) => make('div', { class: 'figure' }, make('h3', {}, title), make('dl')),
    (element, { rows }) => {
      keyed(
        element.children[1],
        rows.map(([name, value, of]) => ({ name, value, of })),
        ({ name }) => name,
        ({ name }) => make('div', {}, make('dt', {}, words(name)), make('dd')),
        (line, { value, of }) => {
          const text = typeof value === 'number' ? count(value) : value;
          say(
            line.children[1],
            of === undefined
              ? text
              : typeof of === 'number'
                ? `${text} of ${count(of)}`
                : `${text}, ${of}`,
          );
        },
      );
    },
  );
}
