/**
 * `GET /events`: the picture, and what changes of it, for as long as somebody looks.
 *
 *     event: state     the whole picture, first of all and whenever changes would not do
 *     event: change    the parts that have changed since, and the names of those that went
 *
 *     data: {"version":41,"parts":{"pool":…},"gone":[]}
 *
 * A browser that reads slowly is sent nothing until it has read, and then what is so by then: memory
 * does not grow by it. One that reads nothing at all is cut.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Change, DashboardSource } from './source.ts';

export interface FeedOptions {
  readonly source: DashboardSource;
  /** Between two looks; `EVERY_MS` where absent. */
  readonly everyMs?: number;
}

/** As often as an eye follows. */
const EVERY_MS = 250;
/** Browsers, their tabs and scripts together: each costs some 100 kB. */
const MOST_LOOKING = 16;
/** What may wait in a socket before it is sent more: less than one whole picture. */
const MOST_WAITING_BYTES = 65_536;
/** So that what stands between knows that it is alive, and a socket that is dead is noticed. */
const HEARTBEAT_MS = 4_000;
/** One that has not read for so long is not there. */
const PATIENCE_MS = 30_000;

export interface Feed {
  /** Whether as many look on as may. */
  readonly isFull: boolean;
  /** Sends to a response that nobody else writes to, until either side ends it. */
  add(response: ServerResponse, headers: OutgoingHttpHeaders): void;
  close(): void;
}

export function openFeed({ source, everyMs = EVERY_MS }: FeedOptions): Feed {
  const lookers = new Set<Looker>();
  const timer = setInterval(() => {
    for (const looker of lookers) looker.tick();
  }, everyMs);
  timer.unref();
  return {
    get isFull() {
      return lookers.size >= MOST_LOOKING;
    },
    add(response, headers) {
      const looker = new Looker(response, source, everyMs);
      lookers.add(looker);
      response.once('close', () => lookers.delete(looker));
      // A socket that breaks has closed, too.
      response.on('error', () => undefined);
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.socket?.setTimeout(0);
      response.socket?.setNoDelay(true);
      response.write('retry: 1000\n\n');
      looker.tick();
    },
    close() {
      clearInterval(timer);
      for (const looker of lookers) looker.end();
      lookers.clear();
    },
  };
}

/** One that looks on. Times are counted in ticks: nothing here reads a clock. */
class Looker {
  readonly #response: ServerResponse;
  readonly #source: DashboardSource;
  readonly #ticksOf: (ms: number) => number;
  #version = 0;
  #isLooking = false;
  #silentFor = 0;
  #stuckFor = 0;

  constructor(response: ServerResponse, source: DashboardSource, everyMs: number) {
    this.#response = response;
    this.#source = source;
    this.#ticksOf = (ms) => Math.ceil(ms / everyMs);
  }

  tick(): void {
    const response = this.#response;
    if (this.#isLooking || response.destroyed) return;
    if (response.writableLength > MOST_WAITING_BYTES) {
      if (++this.#stuckFor > this.#ticksOf(PATIENCE_MS)) response.destroy();
      return;
    }
    this.#stuckFor = 0;
    void this.#look();
  }

  end(): void {
    this.#response.end();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      this.#show(await this.#source.look(this.#version));
    } catch {
      // The run or node that is looked at has ended: so does the look.
      this.#response.end();
    } finally {
      this.#isLooking = false;
    }
  }

  #show(change: Change): void {
    const isFirst = this.#version === 0;
    this.#version = change.version;
    const isNews = isFirst || change.isWhole || change.parts.length + change.gone.length > 0;
    if (isNews) {
      this.#silentFor = 0;
      this.#response.write(eventOf(change));
    } else if (++this.#silentFor >= this.#ticksOf(HEARTBEAT_MS)) {
      this.#silentFor = 0;
      this.#response.write(': \n\n');
    }
  }
}

/** JSON has no line breaks of its own, so each event is one line of data. */
function eventOf({ version, isWhole, parts, gone }: Change): string {
  const made = parts.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',');
  const data = `{"version":${version},"parts":{${made}},"gone":${JSON.stringify(gone)}}`;
  return `event: ${isWhole ? 'state' : 'change'}\nid: ${version}\ndata: ${data}\n\n`;
}
