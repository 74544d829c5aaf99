/**
 * What a person has asked a buyer's node for and has not been shown yet: a small file each, so that a
 * question outlives whatever ends the process, and its answer is shown once.
 *
 *     asked ──▶ orders/NONCE.json ──▶ answered, shown ──▶ gone
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSame } from '../protocols/same.ts';
import { isFieldError, readWant, type Want } from '../protocols/query.ts';

/** Questions that nobody came back for: the oldest are dropped, their leads stay in the node's store. */
const MOST = 64;

/** The name of the question that is open for the same want; undefined where there is none. */
export function openOrder(dir: string, want: Want): number | undefined {
  for (const name of namesIn(dir)) {
    const asked = read(join(dir, ORDERS, `${name}.json`));
    if (asked !== undefined && isSame(asked, want)) return name;
  }
  return undefined;
}

/** To be called before the node is asked. */
export function placeOrder(dir: string, nonce: number, want: Want): void {
  const orders = join(dir, ORDERS);
  mkdirSync(orders, { recursive: true, mode: 0o700 });
  for (const old of namesIn(dir).slice(0, -MOST + 1))
    rmSync(join(orders, `${old}.json`), { force: true });
  const { leads, ...rest } = want;
  const part = join(orders, `${nonce}.part`);
  writeFileSync(part, JSON.stringify({ num_leads: leads, ...rest }), { mode: 0o600, flush: true });
  renameSync(part, join(orders, `${nonce}.json`));
}

/** To be called once the answer was shown. */
export const closeOrder = (dir: string, nonce: number): void =>
  rmSync(join(dir, ORDERS, `${nonce}.json`), { force: true });

const ORDERS = 'orders';

/** From the lowest to the highest. */
function namesIn(dir: string): readonly number[] {
  try {
    return readdirSync(join(dir, ORDERS))
      .flatMap((file) => /^(\d{1,15})\.json$/.exec(file)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

function read(file: string): Want | undefined {
  try {
    const want = readWant(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof readWant>[0]);
    return isFieldError(want) ? undefined : want;
  } catch {
    return undefined;
  }
}
