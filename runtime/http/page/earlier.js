/**
 * What this caller has asked before: a row a query, each of which can be looked at again.
 */
import { at, make, say, show } from './dom.js';
import { leadsText, momentText } from './words.js';

/**
 * @param {readonly any[]} queries as `/queries` lists them
 * @param {(query: any) => void} open
 */
export function showEarlier(queries, open) {
  show(at('earlier'), true);
  show(at('no-earlier'), queries.length === 0);
  const table = at('earlier-table');
  show(table.parentElement, queries.length > 0);
  const names = ['Asked', 'For', 'Got', 'Rating', ''];
  table.tHead.replaceChildren(
    make(
      'tr',
      {},
      ...names.map((name) => (name ? make('th', { scope: 'col' }, name) : make('td'))),
    ),
  );
  table.tBodies[0].replaceChildren(...queries.map((query) => row(query, open)));
}

function row(query, open) {
  const { asked_at: askedAt, num_leads: count, industry, region, leads } = query;
  const what = [leadsText(count), industry, region].filter(Boolean).join(', ');
  const button = make(
    'button',
    { type: 'button', 'aria-label': `Show ${what}, asked ${momentText(askedAt)}` },
    'Show',
  );
  button.addEventListener('click', () => open(query));
  const got = leads === null ? '–' : leads === 0 ? 'none' : leadsText(leads);
  const line = make(
    'tr',
    {},
    make('th', { scope: 'row' }, momentText(askedAt)),
    make('td', {}, what),
    make('td', {}, got),
    make('td', {}, query.can_rate ? 'open' : '–'),
    make('td', {}, button),
  );
  say(line.cells[3], query.can_rate ? 'not yet' : leads ? 'done' : '–');
  return line;
}
