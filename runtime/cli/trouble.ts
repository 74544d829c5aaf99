/**
 * The two kinds of trouble that a command tells a person about. Anything else that is thrown is a
 * bug of ours.
 */
import { showFieldError, type FieldError } from '../../protocols/query.ts';

/** Bad usage or input, exit 2: names the field, what came, and what is allowed. */
export class UsageError extends Error {
  readonly error: FieldError;
  constructor(error: FieldError, where?: string) {
    super(where === undefined ? showFieldError(error) : `${where}: ${showFieldError(error)}`);
    this.name = 'UsageError';
    this.error = error;
  }
}

/** The world, exit 3: a chain, peer, port or file is not available; says which and what to do. */
export class WorldError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorldError';
  }
}

/** A person at the terminal broke off, exit 130: there is nothing to say about it. */
export class BrokenOff extends Error {
  constructor() {
    super('broken off');
    this.name = 'BrokenOff';
  }
}

/** Exit codes that scripts rely on. */
export const EXIT = {
  done: 0,
  no: 1,
  usage: 2,
  world: 3,
  bug: 70,
  sigint: 130,
  sigterm: 143,
} as const;

/** Where a command writes: results to `out`, logs and progress to `err`. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
}
