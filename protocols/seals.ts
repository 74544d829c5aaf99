/**
 * Who signs what. A body that others will have to believe later is signed by its maker, and stays
 * so wherever it travels: a query inside each batch, a report inside the settlement.
 *
 *     statement = CBOR ['leadpoet.seal/1', kind, body without its signature]
 *
 * A batch stands in its statement without its leads, since its id is the hash of them. The query in
 * it, and whatever else is nested and signed, stands there whole.
 */
import { isWhole } from './batch.ts';
import { digest } from './hash.ts';
import type {
  Answer,
  Appeal,
  Case,
  Commits,
  Draft,
  Entry,
  Envelope,
  Feedback,
  Kind,
  Messages,
  SettledRecord,
  Vote,
} from './messages.ts';
import { remembered } from './remembered.ts';
import type { Digest, Hotkey } from './units.ts';
import { canonical } from './wire.ts';

/** A signature over a statement; undefined where the key is not at hand. */
export type Sign = (by: Hotkey, statement: Uint8Array) => Uint8Array | undefined;
export type Check = (by: Hotkey, statement: Uint8Array, signature: Uint8Array) => boolean;

/** The kinds that are signed. */
export type SignedKind =
  | 'query'
  | 'batch'
  | 'commit'
  | 'report'
  | 'countersign'
  | 'settlement'
  | 'feedback'
  | 'appeal'
  | 'vote';

/** Which of a body's fields names its signer. */
const SIGNERS: { readonly [K in SignedKind]: keyof Draft<K> } = {
  query: 'buyer',
  batch: 'miner',
  commit: 'validator',
  report: 'validator',
  countersign: 'validator',
  settlement: 'pool',
  feedback: 'buyer',
  appeal: 'validator',
  vote: 'validator',
};

/** A body by its fields, whatever its kind. */
type Fields = Readonly<Record<string, unknown>>;

const isSigned = (kind: Kind): kind is SignedKind => Object.hasOwn(SIGNERS, kind);
const signerOf = (kind: SignedKind, fields: Fields): Hotkey => fields[SIGNERS[kind]] as Hotkey;

/** What the signature of a body is over. A signature that is already in it makes no difference. */
export const statementOf = <K extends SignedKind>(kind: K, body: Draft<K>): Uint8Array =>
  statementOver(kind, body as unknown as Fields);

function statementOver(kind: SignedKind, fields: Fields): Uint8Array {
  const { signature: _, ...said } = fields;
  if (kind !== 'batch') return canonical([SEAL_FORMAT, kind, said]);

  const { leads: __, ...named } = said;
  return canonical([SEAL_FORMAT, kind, named]);
}
const SEAL_FORMAT = 'leadpoet.seal/1';

/**
 * The body as it is sent. A kind that nobody signs, and a body already signed, come back as they
 * are. A draft that goes to nine addresses is signed once and stays one object. Undefined where the
 * signer's key is not at hand.
 */
export function sealBody<K extends Kind>(
  kind: K,
  draft: Draft<K>,
  sign: Sign,
): Messages[K]['body'] | undefined {
  const fields = draft as unknown as Fields;
  const body = isSigned(kind) && !('signature' in fields) ? seal(kind, fields, sign) : fields;
  return body as Messages[K]['body'] | undefined;
}

function seal(kind: SignedKind, fields: Fields, sign: Sign): Fields | undefined {
  const before = sealed[kind].get(fields);
  if (before !== undefined) return before;
  const statement = statementOver(kind, fields);
  const signature = sign(signerOf(kind, fields), statement);
  if (signature === undefined) return undefined;
  const body = { ...fields, signature };
  // An entry is long, and all who follow the chain will ask for its name.
  if (kind === 'settlement') entryNames.set(body, entryName(statement));
  sealed[kind].set(fields, body);
  own[kind].add(body);
  return body;
}

/**
 * Whether a message holds nothing but good signatures, its own and every nested one, and a batch
 * the leads that its id names.
 */
export const hasGoodSeals = ({ kind, body }: Envelope, check: Check): boolean =>
  (LOOKS[kind] as Look<unknown>)(body, check);

type Look<Body> = (body: Body, check: Check) => boolean;
const unsigned = (): boolean => true;
const LOOKS: { readonly [K in Kind]: Look<Messages[K]['body']> } = {
  want: unsigned,
  rating: unsigned,
  query: (query, check) => isGood('query', query, check),
  refusal: unsigned,
  batch: (batch, check) =>
    isGood('batch', batch, check, () => isWhole(batch) && isGood('query', batch.query, check)),
  commit: (commit, check) => isGood('commit', commit, check),
  commits: ({ commits }, check) => areGoodCommits(commits, check),
  report: (report, check) => isGood('report', report, check),
  delivery: unsigned,
  proposal: (body, check) => isGoodCase(body, check),
  countersign: (countersign, check) => isGood('countersign', countersign, check),
  settlement: (entry, check) =>
    isGood('settlement', entry, check, () => isGoodRecord(entry.record, check)),
  feedback: (feedback, check) => isGood('feedback', feedback, check),
  missing: unsigned,
  appeal: (appeal, check) => isGood('appeal', appeal, check),
  vote: (vote, check) => isGood('vote', vote, check),
};

function isGoodRecord(record: SettledRecord, check: Check): boolean {
  switch (record.kind) {
    case 'rated':
      return isGood('feedback', record.feedback, check);
    case 'appealed':
      return isGood('appeal', record.appeal, check);
    case 'voted':
      return isGood('vote', record.vote, check);
    case 'settled':
      return (
        isGoodCase(record.case, check) &&
        record.countersigns.every((countersign) => isGood('countersign', countersign, check))
      );
  }
}

const isGoodCase = ({ query, answers }: Case, check: Check): boolean =>
  isGood('query', query, check) && answers.every((answer) => isGoodAnswer(answer, check));

const isGoodAnswer = ({ reports, commits = [] }: Answer, check: Check): boolean =>
  reports.every((report) => isGood('report', report, check)) && areGoodCommits(commits, check);

const areGoodCommits = (commits: Commits['commits'], check: Check): boolean =>
  commits.every((commit) => isGood('commit', commit, check));

/** `rest`: what else must hold of a body for it to be good, looked at after its own signature. */
function isGood<K extends SignedKind>(
  kind: K,
  body: Messages[K]['body'],
  check: Check,
  rest: () => boolean = () => true,
): boolean {
  if (good[kind].has(body)) return true;
  if (!(own[kind].has(body) || isSignedWell(kind, body, check)) || !rest()) return false;
  good[kind].add(body);
  return true;
}

function isSignedWell<K extends SignedKind>(
  kind: K,
  body: Messages[K]['body'],
  check: Check,
): boolean {
  const fields = body as unknown as Fields;
  return check(signerOf(kind, fields), statementOver(kind, fields), body.signature);
}

/** Names a case for its countersigns, with the query and the reports in it whole. */
export const caseDigest: (body: Case) => Digest = remembered((body) =>
  digest('leadpoet.case/1', canonical(body)),
);

/** Names a link of a pool's chain for the next; its signature is not part of it. */
export function entryDigest(entry: Entry): Digest {
  let name = entryNames.get(entry);
  if (name === undefined)
    entryNames.set(entry, (name = entryName(statementOf('settlement', entry))));
  return name;
}
const entryName = (statement: Uint8Array): Digest => digest('leadpoet.entry/1', statement);

/** Names a rating; its signature is not part of it. */
export const feedbackDigest: (feedback: Feedback) => Digest = remembered((feedback) =>
  digest('leadpoet.feedback/1', statementOf('feedback', feedback)),
);

/** Names an appeal; its signature is not part of it. */
export const appealDigest: (appeal: Appeal) => Digest = remembered((appeal) =>
  digest('leadpoet.appeal/1', statementOf('appeal', appeal)),
);

/** Names a vote; its signature is not part of it. */
export const voteDigest: (vote: Vote) => Digest = remembered((vote) =>
  digest('leadpoet.vote/1', statementOf('vote', vote)),
);

/** What the first entry of a chain names as the one before it. */
export const NO_ENTRY: Digest = digest('leadpoet.no-entry/1');

const perKind = <T>(make: () => T): Readonly<Record<SignedKind, T>> => ({
  query: make(),
  batch: make(),
  commit: make(),
  report: make(),
  countersign: make(),
  settlement: make(),
  feedback: make(),
  appeal: make(),
  vote: make(),
});

// Bodies are never changed once made, so what was found of an object stays true of it. It is kept
// by the object and its kind, never by content: a copy is looked at anew. A good signature is good
// for all, so one host's look serves every host of the process; a bad one is not remembered. What
// was signed here, with the signer's own key, is not looked at: it could not be found bad.
const sealed = perKind(() => new WeakMap<object, Fields>());
const own = perKind(() => new WeakSet<object>());
const good = perKind(() => new WeakSet<object>());
const entryNames = new WeakMap<object, Digest>();
