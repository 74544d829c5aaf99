/**
 * The buyer's page: who is here, one query at a time, what it brought, and what was before.
 *
 *     /session: nobody ──▶ sign in ──┐
 *               somebody ────────────┴─▶ ask ──▶ watch ──▶ leads ──▶ download, rate
 */
import { at, make, say, show } from './dom.js';
import { ask, newKey, problemIn } from './asking.js';
import { showEarlier } from './earlier.js';
import { hideAnswer, showAnswer } from './leads.js';
import { progressOf } from './progress.js';
import { leadsText, troubleText } from './words.js';

/** Of this tab: what was asked and has no answer yet, so that a reload goes on with it. */
const OPEN = 'leadpoet.open';

let stopping = new AbortController();

function speak(text) {
  // The same words again would not be read.
  say(at('spoken'), '');
  requestAnimationFrame(() => say(at('spoken'), text));
}

/** @param {any} [problem] none: all is well again */
function trouble(problem) {
  show(at('trouble'), problem !== undefined);
  say(at('trouble'), problem === undefined ? '' : troubleText(problem));
  if (problem?.status === 401) signedOut();
}

const UNHEARD = {
  title: 'Nobody answers',
  detail: 'the node is not reached at this address; it may be starting again. Try once more',
};

/** Undefined, and told, where it was refused. */
async function get(path) {
  return asked(path, {});
}
async function send(method, path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return asked(path, { method, headers, body: body && JSON.stringify(body) });
}
async function asked(path, options) {
  try {
    const response = await fetch(path, options);
    if (response.ok) return response.status === 204 ? {} : await response.json();
    trouble(await problemIn(response));
  } catch {
    trouble(UNHEARD);
  }
  return undefined;
}

function signedOut() {
  stopping.abort();
  show(at('sign-in'), true);
  for (const id of ['ask', 'progress', 'earlier', 'who']) show(at(id), false);
  hideAnswer();
  at('earlier-table').tBodies[0].replaceChildren();
  at('token').focus();
}

/** Looks who is here, and goes on where the page was left. */
async function begin() {
  let response;
  try {
    response = await fetch('/session');
  } catch {
    return trouble(UNHEARD);
  }
  if (!response.ok) return trouble(await problemIn(response));
  const { caller, needs_token: needsToken } = await response.json();
  if (caller === null) return signedOut();
  show(at('sign-in'), false);
  show(at('ask'), true);
  show(at('who'), needsToken);
  say(at('caller'), `Signed in as ${caller}`);
  void list();
  const open = kept();
  if (open !== undefined) void run(open);
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(OPEN) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
function keep(query) {
  try {
    if (query === undefined) sessionStorage.removeItem(OPEN);
    else sessionStorage.setItem(OPEN, JSON.stringify(query));
  } catch {
    // Where nothing may be kept a reload does not go on with it, and the list has it afterwards.
  }
}

async function list() {
  const listed = await get('/queries');
  if (listed !== undefined) showEarlier(listed.queries, (query) => void lookAgain(query));
}

async function lookAgain(query) {
  trouble();
  const answer = await get(`/queries/${query.query_id}`);
  if (answer === undefined) return;
  showAnswer(answer, { canRate: query.can_rate, want: query });
  at('result').focus();
}

/** @param {{ key: string, want: any, askedAt: number }} query */
async function run(query) {
  trouble();
  hideAnswer();
  stopping = new AbortController();
  const { signal } = stopping;
  at('ask-button').disabled = true;
  const progress = progressOf(query, speak);
  try {
    const told = (event, data) => progress.told(event, data);
    const end = await ask(query, told, signal);
    // Who was signed out in the meantime goes on with it after signing in.
    if (end === undefined) return undefined;
    if (end.problem?.status === 401) return trouble(end.problem);
    keep(undefined);
    void list();
    if (end.problem !== undefined) return trouble(end.problem);
    const { answer } = end;
    showAnswer(answer, { canRate: answer.leads.length > 0, want: query.want });
    return speak(`${leadsText(answer.leads.length)} are here.`);
  } finally {
    progress.end();
    at('ask-button').disabled = false;
  }
}

at('sign-in-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  trouble();
  const token = at('token').value.trim();
  const done = await send('POST', '/session', { token });
  if (done === undefined) return;
  at('token').value = '';
  await begin();
  at('num-leads').focus();
});

at('sign-out').addEventListener('click', async () => {
  trouble();
  if ((await send('DELETE', '/session')) === undefined) return;
  keep(undefined);
  signedOut();
});

at('ask-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const region = at('region').value.trim();
  const industry = at('industry').value;
  const want = {
    num_leads: at('num-leads').valueAsNumber,
    ...(industry && { industry }),
    ...(region && { region }),
  };
  const query = { key: newKey(), want, askedAt: Date.now() };
  keep(query);
  void run(query);
});

at('stop').addEventListener('click', () => {
  keep(undefined);
  stopping.abort();
  speak('The page waits no longer; the query goes on.');
  at('num-leads').focus();
});

at('ratings').append(
  ...Array.from({ length: 10 }, (_, n) => {
    const value = n + 1;
    const input = make('input', { type: 'radio', name: 'rating', value, required: '' });
    return make('label', {}, input, make('span', {}, value));
  }),
);

at('rate-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  trouble();
  const form = at('rate-form');
  const rating = Number(new FormData(form).get('rating'));
  const said = await send('POST', '/feedback', { query_id: form.dataset.query, rating });
  if (said === undefined) return;
  show(form, false);
  show(at('rated'), true);
  say(at('rated'), `You rated them ${rating} of 10. Pool and validators are told.`);
  speak(at('rated').textContent);
  void list();
});

void begin();
