/**
 * How far a query is: what happened so far, in words and counts, and for how long it has been under way.
 */
import { at, make, put, say, show } from './dom.js';
import { elapsedText, stepText, troubleText, wantText } from './words.js';

/** Three attempts of five miners and their panels come to fewer. */
const MOST_LINES = 200;

/** @param {{ want: any, askedAt: number }} query @param {(text: string) => void} speak */
export function progressOf({ want, askedAt }, speak) {
  const seen = new Set();
  let drawn = { miners: 0, panel: 0 };
  let [attempt, batches, audits] = [0, 0, 0];
  const steps = at('steps');
  steps.replaceChildren();
  say(at('progress-about'), wantText(want));
  for (const name of ['attempt', 'miners', 'audits']) say(at(`count-${name}`), '–');
  put(at('bar'), 'value', null);
  show(at('progress'), true);
  const tick = () => say(at('elapsed'), elapsedText(Date.now() - askedAt));
  tick();
  const timer = setInterval(tick, 1_000);

  const line = (text) => {
    const moment = elapsedText(Date.now() - askedAt);
    steps.append(make('li', {}, make('time', {}, moment), make('span', {}, text)));
    while (steps.childElementCount > MOST_LINES) steps.firstElementChild.remove();
    steps.scrollTop = steps.scrollHeight;
  };
  const count = () => {
    // Who comes back to a query hears only what happens from then on.
    if (attempt > 0) say(at('count-attempt'), `${attempt} of 3`);
    say(at('count-miners'), drawn.miners > 0 ? `${batches} of ${drawn.miners}` : batches);
    say(at('count-audits'), audits);
    // An answer is half of the way; the audits of it are the other.
    const most = drawn.miners * (1 + drawn.panel);
    put(at('bar'), 'value', most > 0 ? Math.min(1, (batches + audits) / most) : null);
  };

  return {
    /** @param {string} event @param {any} data */
    told(event, data) {
      if (event === 'waiting') {
        const { problem, ms } = data;
        const why = problem
          ? troubleText(problem)
          : 'The line to the node broke; the query goes on.';
        const when = ms >= 3_000 ? ` Once more in ${Math.ceil(ms / 1_000)} s.` : '';
        line(`${why}${when}`);
        speak(`${why}${when}`);
        return;
      }
      if (event !== 'step') return;
      // After a break of the line what was told before is not told again; what comes twice is one.
      const name = JSON.stringify([data.attempt, data.step]);
      if (seen.has(name)) return;
      seen.add(name);
      const { step } = data;
      if (step.is === 'drawn') {
        attempt = Math.max(attempt, data.attempt);
        drawn = step;
        [batches, audits] = [0, 0];
      }
      if (step.is === 'batch') batches++;
      if (step.is === 'scored') audits++;
      count();
      line(stepText(step));
      // Each audit read aloud would talk over all else.
      if (step.is === 'drawn' || step.is === 'answered') speak(stepText(step));
    },
    end() {
      clearInterval(timer);
      show(at('progress'), false);
    },
  };
}
