/**
 * Every query of a person ends in exactly one answer, in the time that three attempts may take.
 */
import { minutes, type Instant, type QueryId } from '../../protocols/units.ts';
import type { PersonalWant } from '../../protocols/messages.ts';
import type { Checker } from './checker.ts';

/** Three times: a block of two minutes at the worst, 320 s to source, 240 s to settle, and the way. */
const LONGEST = minutes(36);

/** No fault takes a buyer down: with it would go a question that nobody else can end. */
export function liveness(): Checker {
  const open = new Map<string, Instant>();
  const answered = new Set<QueryId>();

  return {
    name: 'liveness',
    see(happening) {
      if (happening.is === 'received' && happening.envelope.kind === 'want') {
        const { nonce } = happening.envelope.body as PersonalWant;
        open.set(`${happening.envelope.to} ${nonce}`, happening.at);
      }
      if (happening.is !== 'asked' || happening.ask.ask !== 'answer') return undefined;
      const { nonce, query } = happening.ask.input;
      if (answered.has(query)) return `query ${query} was answered twice`;
      answered.add(query);
      // A validator's own query has no person behind it.
      open.delete(`${happening.actor} ${nonce}`);
      return undefined;
    },
    end(at) {
      for (const [key, since] of open) {
        if (at - since > LONGEST) return `${key} was never answered`;
      }
      return undefined;
    },
  };
}
