/**
 * Every message is handled, or seen to be lost.
 *
 *     sent + repeated on the line = handled + lost + under way
 *
 * It is exact once nothing is under way, and that is when it is asked. One whose handler fails was
 * handled first and is counted as lost after; what a person says to their own buyer is no message.
 */
import type { Kind } from '../../protocols/messages.ts';
import type { Checker } from './checker.ts';

export interface MessageChecker extends Checker {
  /** Messages that are under way, below 0 where more came than went; 0 when all have come home. */
  underWay(): number;
}

/** `repeated` tells how many copies the line has made. */
export function messages(repeated: () => number): MessageChecker {
  let sent = 0;
  let handled = 0;
  let lost = 0;
  const underWay = (): number => sent + repeated() - handled - lost;

  return {
    name: 'messages',
    underWay,
    see(happening) {
      if (happening.is === 'sent') sent++;
      if (happening.is === 'received' && !isLocal(happening.envelope.kind)) handled++;
      if (happening.is === 'lost') {
        const { why, kind } = happening.loss;
        if (why !== 'crashed' && !isLocal(kind)) lost++;
      }
      return underWay() < 0 ? 'a message came that was never sent' : undefined;
    },
    end() {
      const left = underWay();
      return left === 0 ? undefined : `${left} messages were neither handled nor seen to be lost`;
    },
  };
}

const isLocal = (kind: Kind | undefined): boolean => kind === 'want' || kind === 'rating';
