/**
 * One query, from the question to its end, over a line that may break: each try bears the same
 * Idempotency-Key, so the node is asked once, however often the page is.
 *
 *     POST, Accept: text/event-stream ──▶ opened, step … ──▶ result | problem
 *       └─ the line breaks, the node is busy or stops ──▶ the same again, a little later
 */

/** Between two tries where nobody says how long, in ms. */
const WAITS = [500, 1_000, 2_000, 5_000, 10_000];
/** The node says something every 15 s: after three of those the line is dead. */
const SILENCE = 45_000;
/** An answer of a hundred leads is some 200 KB; more than this is none. */
const MOST_LETTERS = 8_000_000;
/** What goes away by itself; anything else is an answer, which the same key would only repeat. */
const PASSING = new Set(['Too many requests', 'Stopping', 'Unavailable']);

/** A key that nobody guesses. `randomUUID` is not there for a page that came without TLS. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Resolves with `{ answer }` or `{ problem }`, or with undefined once the signal says stop.
 * @param {{ key: string, want: object }} query
 * @param {(event: string, data: any) => void} told `opened`, `step`, and `waiting` with why and how long
 * @param {AbortSignal} signal
 */
export async function ask(query, told, signal) {
  for (let tries = 0; !signal.aborted; tries++) {
    const heard = (event, data) => {
      tries = 0;
      told(event, data);
    };
    const end = await once(query, heard, signal);
    if (signal.aborted) return undefined;
    if (end !== undefined && !PASSING.has(end.problem?.title)) return end;
    const ms = (end?.problem?.retry_after ?? 0) * 1_000 || WAITS[Math.min(tries, WAITS.length - 1)];
    told('waiting', { problem: end?.problem, ms });
    await pause(ms, signal);
  }
  return undefined;
}

/** One try; undefined where the line broke. */
async function once({ key, want }, told, signal) {
  const leave = new AbortController();
  let watch;
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(() => leave.abort(), SILENCE);
  };
  alive();
  try {
    const response = await fetch('/generate_leads', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'idempotency-key': key,
      },
      body: JSON.stringify(want),
      signal: AbortSignal.any([signal, leave.signal]),
    });
    if (!response.ok) return { problem: await problemIn(response) };
    for await (const { event, data } of eventsOf(response.body, alive)) {
      if (event === 'result') return { answer: data };
      if (event === 'problem') return { problem: data };
      told(event, data);
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(watch);
    leave.abort();
  }
}

/** What a server says that answers no leads; a proxy between may say anything. */
export async function problemIn(response) {
  const said = await response.json().catch(() => undefined);
  const after = Number(response.headers.get('retry-after'));
  const isOurs = typeof said?.title === 'string';
  return {
    title: isOurs ? said.title : response.status >= 502 ? 'Unavailable' : undefined,
    detail: isOurs ? said.detail : `the answer was ${response.status}`,
    ...said,
    status: response.status,
    ...(after > 0 && { retry_after: Math.min(after, 3_600) }),
  };
}

/** Server-sent events; what has no data is a sign of life. */
async function* eventsOf(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    text += value;
    if (text.length > MOST_LETTERS) throw new Error('no answer is so long');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const of = (name) => lines.find((line) => line.startsWith(name))?.slice(name.length);
      const data = of('data: ');
      if (data !== undefined) yield { event: of('event: ') ?? 'message', data: JSON.parse(data) };
    }
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
