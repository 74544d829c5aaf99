/**
 * The walk of a query: a lane for each miner that was drawn, along the time of the attempt.
 *
 *     miner-3  ▒▒▒▒▒▒▒▒▒●●●▓▓▓▓        10 leads   F 100 %   delivered
 *     miner-4  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒○○○                 F 60 %    rejected
 */
import { at, fill, keyed, make, put, say, show } from './dom.js';
import { count, named, percent, plural, short, span, words } from './words.js';

/** O_v from which a validator approves, in millionths. */
const APPROVAL = 900_000;
/** A walk that has ended stays for so long before the next one takes its place. */
const LINGER_MS = 4_000;

const OUTCOMES = {
  missed: ['no answer in time', 'bad'],
  unreported: ['no validator scored it', 'soft'],
  rejected: ['rejected', 'bad'],
  denied: ['denied', 'bad'],
  checks_failed: ['failed its checks', 'bad'],
  undecided: ['undecided', 'soft'],
  approved: ['into the pool', 'good'],
};
const ENDS = {
  open: ['under way', 'open'],
  settled: ['settled', 'good'],
  complete: ['delivered', 'good'],
  partial: ['in part', 'good'],
  pooled: ['into the pool', 'good'],
  none: ['nothing', 'bad'],
};

let chosen;
let lingering = 0;

export function openWalks(redraw) {
  at('follow').addEventListener('change', redraw);
  at('walk-list').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button === null) return;
    at('follow').checked = false;
    chosen = button.dataset.walk;
    redraw();
  });
}

/** The newest first; of one moment those of people before validators' own. */
export function drawWalks(walks, time) {
  const all = walks.toSorted((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1));
  show(at('no-walk'), all.length === 0);
  show(at('walks'), all.length > 0);
  if (all.length === 0) return;
  choose(all);
  keyed(at('walk-list'), all, ({ id }) => id, listItem, mendItem);
  const walk = all.find(({ id }) => id === chosen) ?? all[0];
  drawWalk(walk, time);
}

/** Where it follows, it stays with a walk until that has ended and been looked at. */
function choose(all) {
  const current = all.find(({ id }) => id === chosen);
  if (!at('follow').checked && current !== undefined) return;
  if (current?.outcome === 'open') {
    lingering = 0;
    return;
  }
  const now = performance.now();
  lingering ||= now;
  if (current !== undefined && now - lingering < LINGER_MS) return;
  const next =
    all.find(({ outcome, account }) => outcome === 'open' && account === 'buyer') ??
    all.find(
      ({ outcome, account, id }) => id !== chosen && account === 'buyer' && outcome !== 'open',
    ) ??
    all[0];
  const isNew = current === undefined || next.openedAt >= current.openedAt;
  if (!isNew) return;
  chosen = next.id;
  lingering = 0;
}

function listItem(walk) {
  return make(
    'li',
    {},
    make(
      'button',
      { type: 'button', 'data-walk': walk.id },
      make('span', { class: 'who' }),
      make('span', { class: 'badge' }),
      make('span', { class: 'what soft' }),
    ),
  );
}

function mendItem(item, walk) {
  const [button] = item.children;
  const [who, badge, what] = button.children;
  const [text, tone] = ENDS[walk.outcome];
  say(who, short(walk.buyer));
  say(badge, walk.delivered > 0 ? `${walk.delivered} ${text}` : text);
  put(badge, 'class', `badge ${tone}`);
  say(what, `${walk.id.slice(0, 6)} · ${wish(walk)}`);
  put(button, 'aria-current', walk.id === chosen ? 'true' : null);
}

const wish = ({ leads, industry, region }) =>
  [plural(leads, 'lead'), industry ?? 'any industry', region ?? 'any region'].join(', ');

function drawWalk(walk, time) {
  const from = walk.askedAt;
  const now = time?.now ?? from;
  const end = walk.endedAt ?? Math.max(now, from + 1_000);
  const until = from + tidy(end - from);
  const [outcome, tone] = ENDS[walk.outcome];
  const ended =
    walk.endedAt === null ? `${span(now - from)} so far` : `in ${span(walk.endedAt - from)}`;
  say(at('walk-title'), `${short(walk.buyer)} asks for ${plural(walk.leads, 'lead')}`);
  say(
    at('walk-about'),
    [
      `query ${walk.id}`,
      walk.industry ?? 'any industry',
      walk.region ?? 'any region',
      walk.account === 'validator' ? 'a validator fills the pool' : undefined,
      walk.sealed ? 'sealed reports' : undefined,
      walk.attempt > 1 ? `attempt ${walk.attempt} of 3` : undefined,
      ...walk.before,
    ]
      .filter(Boolean)
      .join(' · '),
  );
  drawRoad(walk, { outcome, tone, ended });
  say(
    at('lanes-text'),
    `${plural(walk.lanes.length, 'miner')} asked, ${answeredIn(walk)} answered, ${outcome} ${ended}. The table below has the figures.`,
  );
  keyed(
    at('lanes'),
    [{ miner: ' axis' }, ...walk.lanes],
    ({ miner }) => `${walk.id} ${miner}`,
    ({ miner }) => (miner === ' axis' ? newAxis() : newLane()),
    (element, lane) =>
      lane.miner === ' axis'
        ? mendAxis(element, until - from)
        : mendLane(element, lane, { walk, from, until, now }),
  );
  drawTable(walk);
}

const answeredIn = ({ lanes }) => lanes.filter(({ batch }) => batch !== null).length;

/** The stations of the road, each with whether it was reached. */
function drawRoad(walk, { outcome, tone, ended }) {
  const { lanes } = walk;
  const scored = lanes.filter(({ reports }) => reports.length > 0).length;
  const approved = lanes.filter(({ outcome: one }) => one === 'approved').length;
  const stations = [
    ['asked', plural(lanes.length, 'miner'), lanes.length > 0 ? 'good' : 'open'],
    ['answered', `${answeredIn(walk)} of ${lanes.length}`, answeredIn(walk) > 0 ? 'good' : 'open'],
    ['audited', plural(scored, 'batch', 'batches'), scored > 0 ? 'good' : 'open'],
    ['approved', plural(approved, 'batch', 'batches'), approved > 0 ? 'good' : 'open'],
    [outcome, walk.delivered > 0 ? `${plural(walk.delivered, 'lead')} ${ended}` : ended, tone],
    [
      walk.settled === null ? 'to be settled' : 'countersigned',
      walk.settled === null ? '' : `by ${walk.settled.countersigns} of the panel`,
      walk.settled === null ? 'open' : 'good',
    ],
    ...(walk.rating === null ? [] : [['rated', `${walk.rating} of 10`, 'good']]),
  ];
  keyed(
    at('road'),
    stations.map((station, n) => ({ station, n })),
    ({ n }) => String(n),
    () => make('li', {}, make('b'), make('span')),
    (element, { station: [name, what, colour] }) => {
      put(element, 'class', colour);
      say(element.children[0], name);
      say(element.children[1], what);
    },
  );
}

const newAxis = () => make('div', { class: 'axis' });

function mendAxis(axis, length) {
  const step = stepOf(length);
  const ticks = [];
  for (let ms = 0; ms <= length; ms += step) ticks.push(ms);
  keyed(
    axis,
    ticks,
    (ms) => String(ms),
    () => make('span'),
    (tick, ms) => {
      tick.style.left = `${(ms / length) * 100}%`;
      say(tick, step < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`);
    },
  );
}

const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300].map((s) => s * 1_000);
const stepOf = (length) => STEPS.find((step) => length / step <= 6) ?? 600_000;
/** Grows in steps, so that a drawing that grows does not crawl. */
const tidy = (ms) => Math.ceil((ms * 1.06) / stepOf(ms)) * stepOf(ms);

const newLane = () =>
  make(
    'div',
    { class: 'lane' },
    make('span', { class: 'miner' }),
    make('div', { class: 'track' }),
    make('span', { class: 'f' }),
    make('span', { class: 'badge' }),
  );

function mendLane(element, lane, { walk, from, until, now }) {
  const [name, track, f, badge] = element.children;
  say(name, short(lane.miner));
  put(name, 'title', lane.miner);
  const place = (ms) => Math.min(100, Math.max(0, ((ms - from) / (until - from)) * 100));
  const isOpen = walk.endedAt === null;
  const searched =
    lane.batchAt ?? (isOpen && lane.refused === null ? now : Math.min(walk.due, until));
  const bars = [];
  const began = lane.askedAt ?? (lane.batchAt === null ? null : from);
  if (began !== null)
    bars.push({
      is: 'search',
      a: began,
      b: searched,
      text: lane.count > 0 ? String(lane.count) : '',
    });
  const checkEnd = lane.checkedAt ?? (isOpen ? now : lane.checkedFrom);
  if (lane.checkedFrom !== null)
    bars.push({ is: 'check', a: lane.checkedFrom, b: checkEnd, text: '' });
  const marks = lane.reports
    .filter(({ at: when }) => when !== null)
    .map(({ validator, at: when, score }) => ({
      is: verdictOf(score),
      a: when,
      b: when,
      text: '',
      validator,
    }));
  const stacked = new Map();
  keyed(
    track,
    [...bars, ...marks],
    ({ is, validator }) => validator ?? is,
    ({ validator, is }) => make(validator === undefined ? 'div' : 'i', { class: is }),
    (part, { is, a, b, text, validator }) => {
      if (validator === undefined) {
        put(part, 'class', `bar ${is}`);
        part.style.left = `${place(a)}%`;
        part.style.width = `${Math.max(0.6, place(b) - place(a))}%`;
        say(part, text);
        return;
      }
      // Those of one moment stand beside each other, before it.
      const column = Math.round(place(a));
      const already = stacked.get(column) ?? 0;
      stacked.set(column, already + 1);
      put(part, 'class', `mark ${is}`);
      part.style.left = `calc(${place(a)}% - ${(already + 1) * 11}px)`;
    },
  );
  const [text, tone] = laneOutcome(lane, isOpen);
  say(badge, text);
  put(badge, 'class', `badge ${tone}`);
  put(
    badge,
    'title',
    lane.reasons.map(([why, times]) => `${words(why)} ${times}`).join(', ') || null,
  );
  say(f, lane.finalScore === null ? '' : `F ${percent(lane.finalScore)}`);
}

const verdictOf = (score) => (score === null ? 'none' : score >= APPROVAL ? 'good' : 'bad');

function laneOutcome({ outcome, chosen: isChosen, refused, batch, reports, checkedFrom }, isOpen) {
  if (isChosen) return ['delivered', 'good'];
  if (outcome !== null) return OUTCOMES[outcome];
  if (refused !== null) return [`refused: ${words(refused)}`, 'bad'];
  if (!isOpen) return ['–', 'soft'];
  if (checkedFrom !== null) return ['checked', 'open'];
  if (reports.length > 0) return ['audited', 'open'];
  return batch === null ? ['looks', 'open'] : ['offered', 'open'];
}

function drawTable(walk) {
  const panel = [
    ...new Set(walk.lanes.flatMap(({ reports }) => reports.map((one) => one.validator))),
  ].toSorted((a, b) => (a < b ? -1 : 1));
  fill(
    at('walk-table'),
    [
      'miner',
      '#leads',
      '#took',
      ...panel.map((validator) => `#${short(validator)}`),
      '#F',
      'checks',
      'outcome',
    ],
    walk.lanes.map((lane) => [
      named(lane.miner),
      lane.count > 0 ? count(lane.count) : '–',
      lane.batchAt === null || lane.askedAt === null ? '–' : span(lane.batchAt - lane.askedAt),
      ...panel.map((validator) => {
        const word = lane.reports.find((one) => one.validator === validator);
        return word === undefined ? '–' : word.score === null ? 'abstains' : percent(word.score);
      }),
      percent(lane.finalScore),
      lane.checks === null
        ? '–'
        : `${lane.checks.passed} of ${lane.checks.passed + lane.checks.failed + lane.checks.unknown}`,
      {
        text: [
          laneOutcome(lane, walk.endedAt === null)[0],
          ...lane.reasons.map(([why, times]) => `${words(why)} ${times}`),
        ].join(', '),
      },
    ]),
  );
}

/** What somebody who does not see the page is told of a walk that has ended; empty where it has not. */
export function spokenOf(walk) {
  if (walk.outcome === 'open') return '';
  const [outcome] = ENDS[walk.outcome];
  return `Query of ${short(walk.buyer)}: ${walk.delivered > 0 ? plural(walk.delivered, 'lead') : ''} ${outcome}.`;
}
