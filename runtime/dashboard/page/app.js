/**
 * The dashboard's page: it draws what the server tells, and keeps nothing of its own but what is chosen.
 *
 *     /events ──▶ parts by name ──▶ the section of each, drawn anew where it has changed
 */
import { at, put, say, show } from './dom.js';
import { follow, NO_TOKEN } from './feed.js';
import {
  drawFigures,
  drawFlags,
  drawLines,
  drawPeers,
  drawPools,
  drawStanding,
  drawTrend,
} from './sections.js';
import { drawTime, openSteering } from './steer.js';
import { drawWalks, openWalks, spokenOf } from './walks.js';
import { plural } from './words.js';

let parts = new Map();
const walks = () => [...parts].filter(([name]) => name.startsWith('walk/')).map(([, walk]) => walk);

function draw(told, changed) {
  parts = told;
  const get = (name) => parts.get(name);
  const [about, time, chain] = [get('about'), get('time'), get('chain')];
  if (changed.has('about') && about !== undefined) drawAbout(about);
  if (time !== undefined && ['time', 'chain', 'about'].some((name) => changed.has(name))) {
    drawTime(time, about, chain);
  }
  const drawn = {
    lines: (part) => drawLines(part, time),
    standing: drawStanding,
    trend: (part) => drawTrend(part, time),
    flags: (part) => drawFlags(part, chain),
    pool: drawPools,
    peers: (part) => drawPeers(part, time),
    figures: drawFigures,
  };
  for (const [name, section] of Object.entries(drawn)) {
    if (changed.has(name) && get(name) !== undefined) section(get(name));
  }
  if (changed.has('time') || [...changed].some((name) => name.startsWith('walk/'))) {
    drawWalks(walks(), time);
  }
  speak();
}

function drawAbout({ is, title, subtitle }) {
  const name = is === 'node' ? `A ${title}` : is === 'demo' ? 'The demo' : title;
  say(at('title'), `Leadpoet: ${name}`);
  say(
    at('subtitle'),
    subtitle.replaceAll(/\b[0-9A-Za-z]{40,}\b/g, (key) => `${key.slice(0, 6)}…${key.slice(-4)}`),
  );
  put(at('subtitle'), 'title', subtitle);
  document.title = `Leadpoet: ${name}`;
  // A buyer's node that is looked at is one that serves: there a person may ask for leads.
  show(at('buy'), is === 'node' && title === 'buyer');
}

/** Who listens to the page is told at most so often, and of the most telling thing alone. */
const SPEAK_EVERY_MS = 8_000;
let spokenAt = -Infinity;
let spokenFlags = 0;
let spokenWalk = '';

function speak() {
  const now = performance.now();
  if (now - spokenAt < SPEAK_EVERY_MS) return;
  const flags = (parts.get('flags') ?? []).filter(({ isInForce }) => isInForce).length;
  if (flags !== spokenFlags) {
    spokenFlags = flags;
    spokenAt = now;
    say(
      at('spoken'),
      `${plural(flags, 'flag or restriction', 'flags and restrictions')} in force.`,
    );
    return;
  }
  const ended = walks()
    .filter(({ account, endedAt }) => account === 'buyer' && endedAt !== null)
    .toSorted((a, b) => b.endedAt - a.endedAt);
  if (ended.length === 0 || ended[0].id === spokenWalk) return;
  spokenWalk = ended[0].id;
  spokenAt = now;
  say(at('spoken'), spokenOf(ended[0]));
}

openSteering();
openWalks(() => drawWalks(walks(), parts.get('time')));
// A drawing is as wide as its place.
let width = innerWidth;
addEventListener('resize', () => {
  if (innerWidth === width || parts.get('trend') === undefined) return;
  width = innerWidth;
  drawTrend(parts.get('trend'), parts.get('time'));
});
follow(draw, (state, why) => {
  if (state === 'live') {
    show(at('trouble'), false);
    if (parts.get('time')?.is === undefined) {
      say(at('state'), 'live');
      put(at('state'), 'data-state', 'playing');
    }
    return;
  }
  say(at('state'), 'no line');
  put(at('state'), 'data-state', 'lost');
  if (why !== undefined) {
    say(at('trouble-text'), why);
    show(at('trouble-link'), why === NO_TOKEN);
    show(at('trouble'), true);
  }
});
