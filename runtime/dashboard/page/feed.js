/**
 * The picture as the server tells it: all of it first, then what changes, and all of it again after
 * every break of the line.
 */

/** Between two tries, in ms: the first soon, the later ones so that nobody is pestered. */
const WAITS = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * @param {(parts: Map<string, any>, changed: Set<string>) => void} drawn
 * @param {(state: 'live' | 'lost', why?: string) => void} told
 */
export function follow(drawn, told) {
  const parts = new Map();
  const changed = new Set();
  let tries = 0;
  let isWaiting = false;

  /** Drawn once a frame, however much came in between. */
  const later = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      const names = new Set(changed);
      changed.clear();
      drawn(parts, names);
    });
  };
  const take = (event, isWhole) => {
    tries = 0;
    const news = JSON.parse(event.data);
    if (isWhole) {
      for (const name of parts.keys()) changed.add(name);
      parts.clear();
    }
    for (const name of news.gone) {
      parts.delete(name);
      changed.add(name);
    }
    for (const [name, value] of Object.entries(news.parts)) {
      parts.set(name, value);
      changed.add(name);
    }
    told('live');
    later();
  };
  const open = () => {
    const source = new EventSource('/events');
    source.addEventListener('state', (event) => take(event, true));
    source.addEventListener('change', (event) => take(event, false));
    source.addEventListener('error', () => {
      source.close();
      const wait = WAITS[Math.min(tries, WAITS.length - 1)];
      tries++;
      void why().then((reason) => told('lost', reason));
      setTimeout(open, wait);
    });
  };
  open();
}

export const NO_TOKEN = 'What is drawn here is for who has a token.';

/** An EventSource does not tell why it was refused. */
async function why() {
  const leave = new AbortController();
  try {
    const { status } = await fetch('/events', { signal: leave.signal });
    leave.abort();
    if (status === 401 || status === 403) return NO_TOKEN;
    if (status === 503) return 'Too many look on: close another tab that shows this page.';
    return undefined;
  } catch {
    return 'Nobody answers at this address any more. The page tries again by itself.';
  }
}
