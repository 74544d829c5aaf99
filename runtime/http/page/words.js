/**
 * What a person is told: steps and troubles in words, and what to do about each trouble.
 */

/** By a problem's title: what the person who reads it can do. */
const REMEDIES = {
  'No valid token': 'Enter the token once more.',
  'Stake too small': 'Whoever runs this node has to put more stake behind its hotkey.',
  'Balance exhausted': 'Ask whoever runs this node to top it up, or ask for fewer leads.',
  Restricted: 'Nothing can be asked from here until then.',
  Forbidden: 'Open this page at the address that the node has printed.',
  Conflict: 'Ask anew.',
  'Not yours to rate': 'Rate a query of the list below that may still be rated.',
  'Too many requests': 'The page tries again by itself.',
  'No miner': 'Try again in a minute: nodes that start are given their place with the next epoch.',
  'No validator':
    'Try again in a minute: nodes that start are given their place with the next epoch.',
  'No pool': 'Try again in a minute: nodes that start are given their place with the next epoch.',
  'No block': 'Try again once the chain goes on.',
  Stopping: 'The page asks again by itself; a query that was asked goes on.',
  Unavailable: 'The page tries again by itself.',
  'No leads': 'Ask for any industry or region, for fewer leads, or again a little later.',
  'Internal error': 'Tell whoever runs this node: the details are in its log.',
};

/** @param {{ title?: string, detail?: string }} problem */
export function troubleText({ title, detail }) {
  const what = detail ?? 'The node answered something that this page does not know.';
  const sentence = what.charAt(0).toUpperCase() + what.slice(1).replace(/\.?$/, '.');
  const remedy = REMEDIES[title];
  return [title && `${title}.`, sentence, remedy].filter(Boolean).join(' ');
}

/** A hotkey's beginning: 48 letters tell nobody more. */
export const short = (hotkey) =>
  typeof hotkey === 'string' && hotkey.length > 12 ? `${hotkey.slice(0, 8)}…` : String(hotkey);

const some = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
export const leadsText = (count) => some(count, 'lead');

/** @param {any} step */
export function stepText(step) {
  switch (step.is) {
    case 'drawn':
      return `Drawn by lot: ${some(step.miners, 'miner')} and a panel of ${some(step.panel, 'validator')}`;
    case 'batch':
      return `Miner ${short(step.miner)} answers with ${leadsText(step.count)}`;
    case 'scored':
      return `Validator ${short(step.validator)} has audited the batch of ${short(step.miner)}`;
    case 'answered':
      return `The pool delivers ${leadsText(step.leads)}`;
    case 'settled':
      return `Settled, countersigned by ${some(step.countersigns, 'validator')}`;
    case 'unsettled':
      return `Not settled: ${some(step.countersigns, 'countersign')} are too few`;
    default:
      return String(step.is);
  }
}

const OUTCOMES = {
  approved: 'approved',
  rejected: 'rejected',
  denied: 'denied',
  checks_failed: 'failed the checks',
  undecided: 'the checks could not tell',
  unreported: 'no validator scored it',
  missed: 'no answer in time',
};
export const outcomeText = (outcome) => OUTCOMES[outcome] ?? outcome;

const FAILURES = {
  no_miner: 'no miner with standing is registered',
  no_validator: 'no validator with standing is registered',
  no_pool: 'no pool with standing is registered',
  no_block: 'the chain made no block',
  pool_silent: 'the pool said nothing in time',
  refused: 'the pool refused',
  no_batch: 'no batch was approved and passed its checks',
};
export const failureText = (failure) => FAILURES[failure] ?? failure;

/** A share as a percentage of two places at most. */
export const percent = (share) =>
  typeof share === 'number' ? `${Math.floor(share * 10_000 + 1e-6) / 100} %` : '–';

export const elapsedText = (ms) => {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** In the reader's own zone and way. */
export const momentText = (iso) => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? '–'
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
};

/** @param {{ num_leads: number, industry?: string | null, region?: string | null }} want */
export const wantText = ({ num_leads: count, industry, region }) =>
  `${leadsText(count)}, ${industry || 'any industry'}, ${region || 'any region'}`;
