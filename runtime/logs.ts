/**
 * The log of a node: one JSON object a line, from the stream of what happened and from whoever has
 * something to say.
 *
 *     happening ──▶ entry ──▶ severity? ──▶ too many? ──▶ redacted ──▶ a line
 *     say(…) ────────────────────┘
 *
 *     {"level":"warn","time":"2026-11-28T19:30:05.123Z","role":"validator","msg":"lost a message","why":"forged"}
 *
 * Nobody but this file writes lines, and all that is written has gone through `log-value.ts`.
 */
import { pino } from 'pino';
import type { Clock } from './host.ts';
import { Flood } from './log-flood.ts';
import { entryOf, type LogEntry, type Severity } from './log-happening.ts';
import {
  harmlessText,
  loggedFields,
  MOST_LINE,
  type LoggedFields,
  type Secrets,
} from './log-value.ts';
import type { Observer } from './observe.ts';

/** From which severity on lines are written. */
export type LogLevel = 'info' | 'debug' | 'trace';

export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Whose happenings are written; none where absent. */
  readonly observer?: Observer;
  /** Takes each line with its newline; the standard error where absent. May throw: then it is lost. */
  readonly write?: (line: string) => void;
  /** Stands in every line: the role and the network, say. */
  readonly base?: Readonly<Record<string, string | number>>;
  /** What is never to be shown, beside what is known by its name or look: values of API keys. */
  readonly secrets?: Secrets;
}

/** For whatever is no happening. Messages are constants of the sources: lines are limited by them. */
export type Say = (
  severity: Severity,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export interface Logs {
  readonly say: Say;
  /** For metrics: lines written, left out as they repeat, and lost as they could not be written. */
  counts(): LogCounts;
  /** Says what was left out, and hears nothing more. */
  close(): void;
}

export interface LogCounts {
  readonly written: number;
  readonly leftOut: number;
  readonly failed: number;
}

/** The flags of every command that runs a node, in both spellings. */
export interface LogFlags {
  readonly 'logging.debug'?: boolean;
  readonly 'logging.trace'?: boolean;
  readonly logging_trace?: boolean;
}

export const logLevel = (flags: LogFlags): LogLevel =>
  flags['logging.trace'] === true || flags.logging_trace === true
    ? 'trace'
    : flags['logging.debug'] === true
      ? 'debug'
      : 'info';

/**
 * Lines of one sort in a minute. With all sorts that strangers can bring about (some sixty), each
 * of some 300 bytes, that is at most half a megabyte a minute at `debug`, far less in fact.
 */
const MOST_A_MINUTE = 20;
/** Who traces wants to see each message; still a flood must not take the disk: 100 a second a sort. */
const MOST_TRACES_A_MINUTE = 6_000;

export function openLogs(options: LogOptions): Logs {
  const { level, clock, observer, base = {}, secrets = [] } = options;
  const write = options.write ?? standardError();
  const counts = { written: 0, failed: 0 };
  // A second field of a name would hide the first from a reader.
  const own = new Set(['level', 'time', 'msg', ...Object.keys(base)]);
  const renamed = (fields: LoggedFields): LoggedFields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [own.has(name) ? `${name}_` : name, value]),
    );
  const logger = pino(
    {
      level,
      base: loggedFields(base, secrets),
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        try {
          write(line.length <= MOST_LINE ? line : tooLong(line));
          counts.written++;
        } catch {
          counts.failed++;
        }
      },
    },
  );
  const flood = new Flood(clock, (sort, left_out, since) =>
    logger.warn({ sort, left_out, since: new Date(since).toISOString() }, 'lines were left out'),
  );

  const enter = ({ severity, message, fields, sort }: LogEntry): void => {
    if (!logger.isLevelEnabled(severity)) return;
    if (!flood.allows(sort, severity === 'trace' ? MOST_TRACES_A_MINUTE : MOST_A_MINUTE)) return;
    logger[severity](renamed(loggedFields(fields, secrets)), harmlessText(message, secrets));
  };
  const isTracing = level === 'trace';
  const silence = observer?.listen((happening) => {
    // Most of what happens is these, and most logs write none: not worth making an entry of.
    const { is } = happening;
    if (!isTracing && (is === 'received' || is === 'sent' || is === 'asked')) return;
    enter(entryOf(happening));
  });
  return {
    say(severity, message, fields = {}) {
      enter({ severity, message, fields, sort: `${severity} ${message}` });
    },
    counts: () => ({ ...counts, leftOut: flood.leftOut }),
    close() {
      silence?.();
      flood.flush();
    },
  };
}

/** Cannot come about by the bounds of `log-value.ts`; should it, no reader gets half an object. */
const tooLong = (line: string): string =>
  `${JSON.stringify({ level: 'error', msg: 'a line was too long', length: line.length })}\n`;

/** Where the reader has gone away, or the disk is full, the node goes on. */
function standardError(): (line: string) => void {
  process.stderr.on('error', () => undefined);
  return (line) => void process.stderr.write(line);
}
