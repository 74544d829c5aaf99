/**
 * Play, pause, step and speed, where time can be steered; and where it stands.
 */
import { at, put, say, show } from './dom.js';
import { clock, count, since } from './words.js';

async function command(name, body = {}) {
  const answer = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (answer?.ok) return;
  const problem = await answer?.json().catch(() => undefined);
  say(at('trouble-text'), problem?.detail ?? 'The command did not arrive.');
  show(at('trouble-link'), false);
  show(at('trouble'), true);
}

export function openSteering() {
  at('play').addEventListener('click', () =>
    command(at('play').dataset.does === 'pause' ? 'pause' : 'play'),
  );
  at('step').addEventListener('click', () => command('step', { ms: Number(at('step-by').value) }));
  at('speed').addEventListener('change', () => {
    const { value } = at('speed');
    void command('speed', { of: value === '' ? null : Number(value) });
  });
}

export function drawTime(time, about, chain) {
  say(at('events'), count(time.events));
  say(at('block'), chain === undefined ? '–' : count(chain.block));
  const isVirtual = time.began !== undefined;
  say(at('clock-name'), isVirtual ? 'Virtual time' : 'Time, UTC');
  say(at('clock'), isVirtual ? since(time.now - time.began) : clock(time.now));
  if (isVirtual) {
    say(at('state'), time.is);
    put(at('state'), 'data-state', time.is);
  }
  show(at('steer'), about?.controls === true);
  drawPlay(time);
  drawSpeed(time.speed);
  const hasEnd = time.ends !== undefined;
  show(at('timeline'), hasEnd);
  if (hasEnd) {
    const share = (time.now - time.began) / Math.max(1, time.ends - time.began);
    at('progress').value = share;
    say(at('timeline-text'), `${Math.floor(share * 100)} % of ${since(time.ends - time.began)}`);
  }
  show(at('result'), time.result !== undefined);
  if (time.result !== undefined) say(at('result'), time.result);
}

function drawPlay({ is }) {
  const play = at('play');
  say(play, is === 'playing' ? 'Pause' : 'Play');
  play.dataset.does = is === 'playing' ? 'pause' : 'play';
  for (const id of ['play', 'step', 'speed']) at(id).disabled = is === 'ended';
}

function drawSpeed(speed) {
  const select = at('speed');
  // Nothing changes under a hand that is choosing.
  if (document.activeElement === select) return;
  const value = speed === undefined ? '' : String(speed);
  if (select.value === value) return;
  if (![...select.options].some((option) => option.value === value)) {
    select.add(new Option(`${value}×`, value), 0);
  }
  select.value = value;
}
