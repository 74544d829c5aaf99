/**
 * How a bench comes to its figures. What is measured is a *side*: a function of the bench's module
 * that returns one number. Each side runs in a fresh process, rounds of the two sides take turns,
 * and the median of each counts, so that a machine which is busy slows both. A goal that is missed
 * is measured once more; the second result stands.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a bench's module exports. */
export interface Bench {
  readonly name: string;
  /** What can be measured, by name. */
  readonly sides?: Sides;
  run(report: Report): Promise<void>;
}
export type Sides = Readonly<Record<string, () => number | Promise<number>>>;

/** Either bound is met at the bound itself. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table. Without a peer the goal is for our own figure. */
export interface Figure {
  readonly bench: string;
  readonly title: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  /** Ours over the peer's, or the peer's over ours where the goal is a least. */
  readonly ratio?: number;
  readonly goal?: Goal;
  /** Absent where nothing was set as a goal. */
  readonly isMet?: boolean;
}

export interface Measured {
  readonly title: string;
  readonly unit: string;
  /** Less is better, in both figures: a time, or bytes. */
  readonly ours: number;
  readonly peer?: number;
  readonly goal?: Goal;
}

/** As `Measured`, by the names of the two sides. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly ours: string;
  readonly peer?: string;
  readonly goal?: Goal;
  readonly rounds?: number;
  /** Of Node, for both sides. */
  readonly flags?: readonly string[];
}

const ROUNDS = 5;
const run = promisify(execFile);

export class Report {
  readonly figures: Figure[] = [];
  readonly #bench: string;
  readonly #say: (line: string) => void;

  constructor(bench: string, say: (line: string) => void) {
    this.#bench = bench;
    this.#say = say;
  }

  /** Measures two sides of this bench in turn, or one against a fixed goal. */
  async compare(comparison: Comparison): Promise<Figure> {
    const first = await this.#measure(comparison);
    const second = first.isMet === false ? await this.#measure(comparison) : undefined;
    return this.#add(second ?? first);
  }

  /** Takes a figure that the bench measured itself. */
  add(measured: Measured): Figure {
    return this.#add(this.#figure(measured));
  }

  async #measure(comparison: Comparison): Promise<Figure> {
    const { title, unit, ours, peer, goal, rounds = ROUNDS, flags = [] } = comparison;
    const [own, other]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      own.push(await sideOf(this.#bench, ours, flags));
      if (peer !== undefined) other.push(await sideOf(this.#bench, peer, flags));
    }
    return this.#figure({
      title,
      unit,
      ours: median(own),
      ...(peer === undefined ? {} : { peer: median(other) }),
      ...(goal === undefined ? {} : { goal }),
    });
  }

  #figure(measured: Measured): Figure {
    return { bench: this.#bench, ...measured, ...judged(measured) };
  }

  #add(figure: Figure): Figure {
    this.figures.push(figure);
    this.#say(line(figure));
    return figure;
  }
}

/** One measurement in a process of its own. */
async function sideOf(bench: string, side: string, flags: readonly string[]): Promise<number> {
  const script = new URL('side.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, ['--expose-gc', ...flags, script, bench, side]);
  const figure = Number(stdout.trim().split('\n').at(-1));
  if (!Number.isFinite(figure)) throw new Error(`${bench}, ${side}: no figure in ${stdout}`);
  return figure;
}

/** The lower of two middle ones. */
export function median(figures: readonly number[]): number {
  const middle = figures.toSorted((a, b) => a - b)[Math.ceil(figures.length / 2) - 1];
  if (middle === undefined) throw new Error('a median needs figures');
  return middle;
}

export function judged({ ours, peer, goal }: Pick<Measured, 'ours' | 'peer' | 'goal'>): {
  ratio?: number;
  isMet?: boolean;
} {
  const isLeast = goal !== undefined && 'atLeast' in goal;
  const ratio = peer === undefined ? undefined : isLeast ? peer / ours : ours / peer;
  const figure = ratio ?? ours;
  return {
    ...(ratio === undefined ? {} : { ratio }),
    ...(goal === undefined
      ? {}
      : { isMet: 'atLeast' in goal ? figure >= goal.atLeast : figure <= goal.atMost }),
  };
}

export const HEADING: string = columns('what', 'ours', 'peer', 'ratio', 'goal', '');

export function line({ title, unit, ours, peer, ratio, goal, isMet }: Figure): string {
  const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED';
  return columns(
    title,
    `${short(ours)} ${unit}`,
    peer === undefined ? '' : `${short(peer)} ${unit}`,
    ratio === undefined ? '' : `${short(ratio)}x`,
    goalText(goal, peer === undefined ? ` ${unit}` : 'x'),
    verdict,
  );
}

function goalText(goal: Goal | undefined, unit: string): string {
  if (goal === undefined) return '';
  return 'atMost' in goal ? `at most ${goal.atMost}${unit}` : `at least ${goal.atLeast}${unit}`;
}

function columns(what: string, ...rest: readonly string[]): string {
  return `${what.padEnd(50)}${rest.map((text) => text.padStart(15)).join('')}`.trimEnd();
}

const short = (figure: number): string =>
  figure >= 100 ? String(Math.round(figure)) : String(Number(figure.toPrecision(3)));
