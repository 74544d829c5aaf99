/**
 * One question to a program that is not ours: JSON in, JSON out, and then it is gone.
 *
 * It has a process group of its own, which is killed as a whole when the answer is in, when it is
 * too long, or when nobody waits for it any more.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Observable } from 'rxjs';
import { ServiceFault } from '../host.ts';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether `file` is a line for the shell. */
  readonly shell: boolean;
}

/** More of an answer is not read: four times what a batch may weigh. */
export const MAX_ANSWER_BYTES = 1_048_576;
/** What a model said last before it failed is most likely why. */
const KEPT_LOG_BYTES = 2_048;

/** The one JSON document that the program wrote, or a fault that says what it did instead. */
export const askProgram = (program: Program, question: unknown): Observable<unknown> =>
  new Observable((subscriber) => {
    const text = JSON.stringify(question);
    const child = spawn(program.file, program.args, {
      shell: program.shell,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const answer: Buffer[] = [];
    let size = 0;
    let log = Buffer.alloc(0);
    const fail = (fault: 'refused' | 'unavailable', what: string): void => {
      const said = log.length > 0 ? `; it said: ${printable(log)}` : '';
      subscriber.error(new ServiceFault(fault, `the model ${what}${said}`));
    };

    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) fail('refused', `wrote over ${MAX_ANSWER_BYTES} bytes`);
      else answer.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      log = Buffer.concat([log, chunk]).subarray(-KEPT_LOG_BYTES);
    });
    // A model need not read its question; what it answers is judged all the same.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);

    child.on('error', (error) => fail('unavailable', `did not start: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code !== 0) return fail('unavailable', `ended with ${signal ?? `code ${code}`}`);
      const document = parse(Buffer.concat(answer).toString());
      if (document === undefined) return fail('refused', 'wrote something that is not JSON');
      subscriber.next(document.value);
      return subscriber.complete();
    });
    return () => {
      kill(child);
      // A program that left the group could hold the pipes, and with them this process, for ever.
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    };
  });

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The whole group: a model may have started programs of its own, and left them behind. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already, which is as well.
  }
}

/** On one line of a log, whatever bytes it was. */
const printable = (bytes: Buffer): string =>
  bytes.toString().trim().replaceAll(/\s+/g, ' ').replaceAll(/\p{C}/gu, '?');
