/**
 * An Internet that answers as it is told, on a clock whose time jumps: no test of the pace waits.
 */
import { later, type Duration, type Instant } from '../../../protocols/units.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import type {
  Controls,
  Mailboxes,
  MailboxFound,
  MailFound,
  Names,
  Web,
  WebFound,
} from '../looking.ts';

/** An answer and when it comes, in ms; `hangs` does not even end when it is told to. */
export type Answer<T> = readonly [T, number] | 'hangs';

export interface Script {
  readonly mail?: (domain: string, time: number) => Answer<MailFound>;
  readonly web?: (url: string, time: number) => Answer<WebFound>;
  readonly mailbox?: (email: string) => Answer<MailboxFound>;
  /** Of both ways. */
  readonly isOnline?: () => Answer<boolean>;
}

export interface Internet {
  readonly clock: VirtualClock;
  readonly names: Names;
  readonly web: Web;
  readonly mailboxes: Mailboxes;
  readonly controls: Controls;
  /** What was asked, in order: `mail acme.com`. */
  readonly asked: string[];
  /** How many were open at once, at most; control hosts are not counted. */
  readonly most: () => number;
  /** How many are open now. */
  readonly open: () => number;
}

export const START = 1_760_000_000_000 as Instant;

export function scripted(script: Script = {}): Internet {
  const clock = new VirtualClock(START);
  const asked: string[] = [];
  let [open, most] = [0, 0];

  const answer = async <T>(
    what: string,
    way: Answer<T>,
    onEnd: T,
    signal: AbortSignal,
  ): Promise<T> => {
    asked.push(what);
    most = Math.max(most, ++open);
    // What hangs counts until it is told to end: after that nobody waits for it.
    const ended = new Promise<T>((resolve) => {
      if (signal.aborted) resolve(onEnd);
      signal.addEventListener('abort', () => resolve(onEnd), { once: true });
    }).finally(() => way === 'hangs' && open--);
    if (way === 'hangs') return new Promise<T>(() => undefined);
    const [value, delay] = way;
    const answered = new Promise<T>((resolve) => {
      clock.at(later(clock.now(), delay as Duration), () => resolve(value));
    });
    return Promise.race([answered, ended]).finally(() => open--);
  };
  const control = (): Promise<boolean> => {
    asked.push('control');
    const way = script.isOnline?.() ?? ([true, 0] as const);
    if (way === 'hangs') return new Promise<boolean>(() => undefined);
    return new Promise((resolve) => {
      clock.at(later(clock.now(), way[1] as Duration), () => resolve(way[0]));
    });
  };

  return {
    clock,
    asked,
    most: () => most,
    open: () => open,
    names: {
      addresses: () => Promise.reject(new Error('not asked for here')),
      mail: (domain, signal) => {
        const way = script.mail?.(domain, clock.now() - START) ?? (['accepts', 0] as const);
        return answer<MailFound>(`mail ${domain}`, way, 'silent', signal);
      },
    },
    web: {
      visit: (url, signal) => {
        const way = script.web?.(url, clock.now() - START) ?? (['there', 0] as const);
        return answer<WebFound>(`web ${url}`, way, 'gone', signal);
      },
      close: () => Promise.resolve(),
    },
    mailboxes: {
      name: 'stand-in',
      ask: (email, signal) => {
        const way = script.mailbox?.(email) ?? (['valid', 0] as const);
        return answer<MailboxFound>(`mailbox ${email}`, way, 'unknown', signal);
      },
    },
    controls: { names: control, web: control },
  };
}

/** Lets time go on until something is settled, and all that is done between two instants be done. */
export async function settled<T>(clock: VirtualClock, wanted: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  wanted.then(over, over);
  for (;;) {
    await turn();
    if (isOver) return wanted;
    let tasks = 0;
    const end = await clock.run(() => tasks++ > 0);
    if (end === 'idle' && clock.pending === 0) {
      await turn();
      if (!isOver) throw new Error('it waits for what will never happen');
    }
  }
}

/** Until an instant, and what is done in promises at it. */
export async function passed(clock: VirtualClock, offset: number): Promise<void> {
  await settled(
    clock,
    new Promise<void>((resolve) => {
      clock.at(later(START, offset as Duration), resolve, '\uffff');
    }),
  );
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
