/**
 * A digest of everything that happened in a run. Each actor's own history is hashed for itself and
 * these are hashed together by name: so it depends on what each one saw and in which order, and on
 * nothing else: not on who was created first, nor on how many threads took part.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Happening } from '../runtime/host.ts';
import type { Address, Envelope } from '../protocols/messages.ts';
import type { Digest } from '../protocols/units.ts';

/** Short lines are hashed together: one call each would cost more than the line. */
const PIECE = 4_096;

export class History {
  #events = 0;
  readonly #actors = new Map<Address, { readonly hash: Hash; lines: string }>();

  /** How many things happened to anybody. */
  get events(): number {
    return this.#events;
  }

  add(happening: Happening): void {
    const line = lineOf(happening);
    if (line === undefined) return;
    this.#events++;
    const [actor, text] = line;
    let own = this.#actors.get(actor);
    if (own === undefined)
      this.#actors.set(actor, (own = { hash: createHash('sha256'), lines: '' }));
    own.lines += `${happening.at} ${text}\n`;
    if (own.lines.length < PIECE) return;
    own.hash.update(own.lines);
    own.lines = '';
  }

  digest(): Digest {
    const all = createHash('sha256').update('leadpoet.run/1\n');
    for (const [actor, { hash, lines }] of [...this.#actors].toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      all.update(`${actor} ${hash.copy().update(lines).digest('hex')}\n`);
    }
    return all.digest('hex') as Digest;
  }
}

function lineOf(happening: Happening): readonly [Address, string] | undefined {
  switch (happening.is) {
    case 'received':
      return [happening.envelope.to, `received ${sayEnvelope(happening.envelope)}`];
    case 'replied': {
      const { service, outcome } = happening.reply;
      return [happening.actor, `replied ${service} ${outcome.ok ? 'ok' : outcome.fault}`];
    }
    case 'noted': {
      const { note } = happening;
      return [happening.actor, `noted ${note.note} ${note.note === 'refused' ? note.why : ''}`];
    }
    case 'crashed':
    case 'started':
    case 'stopped':
      return [happening.actor, happening.is];
    case 'lost':
      return happening.loss.to && [happening.loss.to, `lost ${happening.loss.why}`];
    case 'sent':
    case 'asked':
      return undefined;
  }
}

/** What tells one message from another: the names by which bodies are known are digests of them. */
function sayEnvelope({ kind, from, body }: Envelope): string {
  const fields = body as unknown as Readonly<Record<string, unknown>>;
  const names = ['id', 'query', 'batch', 'attempt', 'number', 'score', 'status', 'digest', 'rating']
    .map((name) => fields[name])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  return [kind, from, ...names].join(' ');
}
