/**
 * What a query brought: leads as a table, as files, where they are from, and the rating.
 *
 * A lead is what a stranger wrote. It is shown as text; a link is made only of what is an address on the
 * web or a plain mailbox, and nothing of it is fetched unless somebody follows it.
 */
import { at, fill, make, put, say, show } from './dom.js';
import { failureText, leadsText, momentText, outcomeText, percent, short } from './words.js';

const FORMATS = [
  ['csv', 'CSV'],
  ['json', 'JSON'],
  ['hubspot', 'HubSpot'],
  ['salesforce', 'Salesforce'],
  ['pipedrive', 'Pipedrive'],
  ['vcard', 'vCard'],
];

const COLUMNS = [
  ['Business', (lead) => lead.Business],
  ['Owner', (lead) => lead['Owner Full name']],
  ['E-mail', (lead) => mailLink(lead['Owner(s) Email'])],
  ['Website', (lead) => webLink(lead.Website)],
  ['LinkedIn', (lead) => webLink(lead.LinkedIn)],
  ['Industry', (lead) => lead.Industry],
  ['Region', (lead) => lead.Region],
];

/** @param {any} answer @param {{ canRate: boolean, want?: any }} more */
export function showAnswer(answer, { canRate, want }) {
  const { leads, query_id: query, partial, price, compliance } = answer;
  say(at('result-title'), leads.length === 0 ? 'No leads' : leadsText(leads.length));
  say(at('result-about'), aboutText(answer, want, { partial, price, compliance }));
  show(at('leads-box'), leads.length > 0);
  say(at('leads-caption'), `The ${leadsText(leads.length)}, as miners wrote them`);
  leadTable(leads);
  downloads(query);
  sources(compliance.sources);
  road(answer.attempts);
  say(at('query-id'), query);
  show(at('rated'), false);
  show(at('rate-form'), canRate && leads.length > 0);
  at('rate-form').dataset.query = query;
  at('rate-form').reset();
  show(at('result'), true);
}

/** Nothing of it is left in the page: somebody else may sit down at this browser. */
export function hideAnswer() {
  show(at('result'), false);
  for (const id of ['leads', 'sources', 'road-table']) at(id).tBodies[0].replaceChildren();
  for (const id of ['result-title', 'result-about', 'leads-caption', 'query-id']) say(at(id), '');
  at('downloads').replaceChildren();
  delete at('rate-form').dataset.query;
}

function aboutText(answer, want, { partial, price, compliance }) {
  const { by_pool: byPool, by_buyer: byBuyer } = compliance.suppressed;
  const last = answer.attempts.at(-1);
  return [
    answer.leads.length === 0 && last?.failure && `The last attempt: ${failureText(last.failure)}.`,
    partial &&
      (want ? `Of ${leadsText(want.num_leads)} that were asked for.` : 'Fewer than asked for.'),
    price && `They cost ${price.tao} TAO (${price.tier}).`,
    byPool + byBuyer > 0 && `${byPool + byBuyer} left out: these persons are not to be contacted.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Each cell names its column, for a screen where a row is a card. */
function leadTable(leads) {
  const table = at('leads');
  const head = COLUMNS.map(([name]) => make('th', { scope: 'col', role: 'columnheader' }, name));
  table.tHead.replaceChildren(make('tr', { role: 'row' }, ...head));
  table.tBodies[0].replaceChildren(
    ...leads.map((lead) =>
      make(
        'tr',
        { role: 'row' },
        ...COLUMNS.map(([name, of], n) =>
          make(
            n === 0 ? 'th' : 'td',
            {
              'data-name': name,
              scope: n === 0 ? 'row' : undefined,
              role: n === 0 ? 'rowheader' : 'cell',
            },
            of(lead) ?? '',
          ),
        ),
      ),
    ),
  );
  // As cards it would be no table for a screen reader any more, if it did not say so.
  put(table, 'role', 'table');
  for (const group of [table.tHead, table.tBodies[0]]) put(group, 'role', 'rowgroup');
}

const OUTSIDE = { target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer' };

/** A link where it is an address on the web; else what it is, as text. */
export function webLink(text) {
  const url = URL.parse(String(text ?? ''));
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) return text;
  const said = url.host.replace(/^www\./, '') + (url.pathname === '/' ? '' : url.pathname);
  return make('a', { href: url.href, ...OUTSIDE, title: url.href }, said);
}

/** Without headers of its own: `?cc=` and the like are no part of a mailbox. */
export function mailLink(text) {
  if (!/^[\w.%+-]{1,64}@[A-Za-z0-9.-]{1,255}$/.test(String(text ?? ''))) return text;
  return make(
    'a',
    { href: `mailto:${encodeURIComponent(text).replace('%40', '@')}`, rel: OUTSIDE.rel },
    text,
  );
}

function downloads(query) {
  const links = FORMATS.map(([format, name]) =>
    make(
      'a',
      { class: 'button', href: `/queries/${query}/leads?format=${format}`, download: '' },
      name,
    ),
  );
  at('downloads').replaceChildren(make('span', {}, 'Download as'), ...links);
}

function sources(list) {
  say(
    at('sources').caption,
    list.length === 0 ? 'No batch was delivered' : 'The batches they came in',
  );
  fill(
    at('sources'),
    ['Batch', 'Miner', '#Leads', 'Checked'],
    list.map(({ batch, miner, leads, checked_at: checked }) => [
      { text: short(batch), title: batch },
      { text: short(miner), title: miner },
      leads,
      checked === null ? '–' : momentText(checked),
    ]),
  );
}

function road(attempts) {
  const rows = attempts.flatMap((attempt, n) =>
    attempt.road.map((step) => [
      n + 1,
      { text: short(step.miner), title: step.miner },
      step.outcome === 'missed' ? '–' : step.leads,
      step.reports.length === 0 ? '–' : step.reports.map(({ score }) => percent(score)).join(', '),
      percent(step.final_score),
      outcomeText(step.outcome) + reasonsText(step.reasons),
    ]),
  );
  fill(
    at('road-table'),
    ['#Attempt', 'Miner', '#Leads', 'Audits', '#F', 'What became of it'],
    rows,
  );
}

function reasonsText(reasons) {
  const told = Object.entries(reasons).map(
    ([reason, count]) => `${reason.replaceAll('_', ' ')} ${count}`,
  );
  return told.length === 0 ? '' : `: ${told.join(', ')}`;
}
