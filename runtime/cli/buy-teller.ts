/**
 * What a person who waits for leads is told, on the error output: the last lines of a terminal, drawn
 * again each second; a line a step where it goes into a file or a pipe.
 */
import type { Asking } from '../../actors/answering.ts';
import { hotkeyOf, type Refusal } from '../../protocols/messages.ts';
import { later, seconds, type Instant } from '../../protocols/units.ts';
import type { Cancel, Happening } from '../host.ts';
import type { LiveNode } from '../node.ts';
import { showStep } from './answer-report.ts';
import { follow, goOn, newProgress, REFUSALS, showProgress } from './buy-progress.ts';
import { LiveRegion } from './live-region.ts';
import type { Console } from './trouble.ts';

export interface Teller {
  /** A line that stays. */
  readonly say: (line: string) => void;
  /** From now on of the node's query. */
  readonly watch: (node: Pick<LiveNode, 'host'>) => void;
  /** What is known of a query that was under way. */
  readonly goesOn: (asking: Asking) => void;
  /** No more of it. */
  readonly end: () => void;
}

/** A terminal that cannot move its cursor gets lines. */
export const teller = (io: Console): Teller =>
  process.stderr.isTTY && process.env['TERM'] !== 'dumb' ? onTerminal() : inLines(io);

function onTerminal(): Teller {
  const { stderr } = process;
  const region = new LiveRegion({
    columns: () => stderr.columns,
    write: (text) => void stderr.write(text),
  });
  const progress = newProgress(Date.now() as Instant);
  const ends: Cancel[] = [];
  return {
    say: (line) => region.above(`leadpoet buy: ${line}\n`),
    watch({ host: { clock, observer } }) {
      const draw = (): void => region.show(showProgress(progress, clock.now()));
      let cancel: Cancel = () => undefined;
      const tick = (): void => {
        draw();
        cancel = clock.at(later(clock.now(), seconds(1)), tick);
      };
      const unheard = observer.listen((happening) => {
        if (follow(progress, happening)) draw();
      });
      ends.push(
        unheard,
        () => cancel(),
        () => region.clear(),
      );
      tick();
    },
    goesOn: ({ rounds, openedAt, want, draw }) =>
      draw !== undefined && goOn(progress, { rounds, openedAt, want }, draw),
    end() {
      for (const end of ends.splice(0)) end();
    },
  };
}

/** With the seconds since the beginning: somebody waits. */
function inLines(io: Console): Teller {
  const say = (line: string): void => io.err(`leadpoet buy: ${line}\n`);
  const ends: Cancel[] = [];
  return {
    say,
    watch({ host: { clock, observer } }) {
      const began = clock.now();
      ends.push(
        observer.listen((happening) => {
          const step = stepIn(happening);
          if (step === undefined) return;
          say(`${Math.round((clock.now() - began) / 1_000)} s, attempt ${step[0]}: ${step[1]}`);
        }),
      );
    },
    goesOn: () => undefined,
    end() {
      for (const end of ends.splice(0)) end();
    },
  };
}

/** The attempt, and what happened in it; undefined of what is nothing to a person. */
function stepIn(happening: Happening): readonly [number, string] | undefined {
  if (happening.is === 'noted' && happening.note.note === 'step') {
    const { attempt, step } = happening.note;
    return [attempt, showStep(step, (hotkey) => hotkey.slice(0, 8))];
  }
  if (happening.is !== 'received' || happening.envelope.kind !== 'refusal') return undefined;
  const { attempt, reason } = happening.envelope.body as Refusal;
  return [attempt, `${hotkeyOf(happening.envelope.from).slice(0, 8)} refuses: ${REFUSALS[reason]}`];
}
