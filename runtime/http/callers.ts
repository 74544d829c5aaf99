/**
 * Who may ask: callers by name, each with a token of its own, or one token for all.
 *
 *     Authorization: Bearer TOKEN ──┐
 *     Cookie: leadpoet_session=… ───┴─▶ SHA-256 ──▶ compared with every caller's ──▶ the caller's name
 *
 * A cookie holds no token but a value that is made of one: whoever reads it cannot use it elsewhere,
 * and with the token it ends.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { show } from '../../protocols/query.ts';
import { UsageError } from '../cli/trouble.ts';
import { readSecretFile, type Warn } from '../secret-file.ts';

/** Who asks where there is but one token, or none. */
export const DEFAULT_CALLER = 'default';
/** Each is compared with what came, at a microsecond a caller. */
const MOST_CALLERS = 256;
/** A token of 32 random bytes takes 43 letters. Longer ones are no headers any more. */
const MOST_TOKEN = 512;
/** What can be guessed in years, not hours, if its letters are random. */
const GOOD_TOKEN = 16;

interface Caller {
  readonly name: string;
  readonly token: string;
}

/** What came with a request; each absent where it did not. */
export interface Credentials {
  readonly bearer?: string;
  readonly cookie?: string;
}

export class Callers {
  readonly #known: readonly {
    readonly name: string;
    readonly hash: Buffer;
    readonly session: string;
    readonly sessionHash: Buffer;
  }[];

  constructor(callers: readonly Caller[]) {
    this.#known = callers.map(({ name, token }) => {
      const session = createHmac('sha256', token)
        .update(`leadpoet.session/1 ${name}`)
        .digest('base64url');
      return { name, hash: sha256(token), session, sessionHash: sha256(session) };
    });
  }

  /** Whether anybody needs a token. */
  get areNamed(): boolean {
    return this.#known.length > 0;
  }

  /** Whose token it is; undefined where it is nobody's. */
  byToken(token: string): string | undefined {
    return this.#find(token, ({ hash }) => hash)?.name;
  }

  /** Whose cookie it is. */
  bySession(session: string): string | undefined {
    return this.#find(session, ({ sessionHash }) => sessionHash)?.name;
  }

  /** What stands in the cookie of who has this token; undefined where it is nobody's. */
  sessionFor(token: string): string | undefined {
    return this.#find(token, ({ hash }) => hash)?.session;
  }

  /** All are compared, whichever it is: how long it takes says nothing of any of them. */
  #find(secret: string, hashOf: (caller: Known) => Buffer): Known | undefined {
    const came = sha256(secret);
    let found: Known | undefined;
    for (const caller of this.#known) if (timingSafeEqual(hashOf(caller), came)) found = caller;
    return found;
  }
}
type Known = { readonly name: string; readonly hash: Buffer } & {
  readonly session: string;
  readonly sessionHash: Buffer;
};

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Where tokens were told. */
export interface TokenSources {
  /** The one of `--http.token`, and the name by which it was told. */
  readonly token?: { readonly value: string; readonly as: string };
  /** The file of `--http.tokens`: a line a caller, `name token`. */
  readonly file?: string;
}

/** Throws a `UsageError` for what is no token, a `WorldError` where the file cannot be read. */
export async function readCallers({ token, file }: TokenSources, warn: Warn): Promise<Callers> {
  const callers: Caller[] = [];
  if (token !== undefined) {
    checkToken(token.value, token.as);
    callers.push({ name: DEFAULT_CALLER, token: token.value });
  }
  if (file !== undefined) callers.push(...(await inFile(file, warn)));
  refuseDoubles(callers, file);
  for (const { name, token: text } of callers) {
    if (text.length < GOOD_TOKEN) {
      warn(`the token of ${name} is shorter than ${GOOD_TOKEN} letters and can be guessed`);
    }
  }
  return new Callers(callers);
}

async function inFile(file: string, warn: Warn): Promise<readonly Caller[]> {
  const kind = { what: 'a file of tokens', remedy: 'name another with --http.tokens' };
  const bytes = await readSecretFile(file, kind, warn);
  const lines = bytes.toString('utf8').split('\n');
  bytes.fill(0);
  const callers = lines.flatMap((line, index) => {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return [];
    const where = `${file}, line ${index + 1}`;
    const [name = '', token = '', ...rest] = text.split(/\s+/);
    if (!/^[A-Za-z0-9_][\w.-]{0,63}$/.test(name) || token === '' || rest.length > 0) {
      // What came may be a token: it is not shown.
      const allowed = 'a name (up to 64 letters, digits and _ . -), a blank, a token';
      throw new UsageError({ field: where, came: 'no such line', allowed });
    }
    checkToken(token, where);
    return [{ name, token }];
  });
  if (callers.length > 0) return callers;
  throw new UsageError({
    field: '--http.tokens',
    came: 'a file without tokens',
    allowed: 'a line a caller: name token',
  });
}

/** Never shown, whatever is wrong with it. */
function checkToken(token: string, as: string): void {
  if (token.length <= MOST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return;
  const allowed = `a token of 1 to ${MOST_TOKEN} visible ASCII letters, without blanks`;
  throw new UsageError({ field: as, came: 'something else', allowed });
}

function refuseDoubles(callers: readonly Caller[], file: string | undefined): void {
  const refuse = (came: string, allowed: string): never => {
    throw new UsageError({ field: file ?? '--http.tokens', came, allowed });
  };
  if (callers.length > MOST_CALLERS) refuse('too long', `${MOST_CALLERS} callers at most`);
  const names = callers.map(({ name }) => name);
  const double = names.find((name, at) => names.indexOf(name) < at);
  if (double !== undefined) refuse(show(double), 'each name once (`default` is --http.token)');
  const tokens = callers.map(({ token }) => token);
  const at = tokens.findIndex((token, place) => tokens.indexOf(token) < place);
  if (at >= 0) refuse(`the token of ${names[at]} twice`, 'a token of its own for each caller');
}
