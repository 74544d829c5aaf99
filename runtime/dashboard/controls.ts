/**
 * `POST /control/…`: play, pause, step, speed, of a run whose time can be steered.
 *
 *     play   {}               pause  {}
 *     step   {"ms": 60000}    speed  {"of": 60}, or null: as fast as may be
 *
 * Another site's page must not steer it from the same browser: only `application/json` is read,
 * which a browser sends elsewhere only after asking, and nobody here answers that.
 */
import type { FastifyInstance } from 'fastify';
import { minutes, type Duration } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import { numberFrom, objectIn, optional, wholeFrom, wrong, type Fields } from '../fields.ts';
import { problem } from '../problem.ts';
import type { Controls } from './source.ts';

/** A command is some 20 bytes. */
const MOST_BODY_BYTES = 1_024;
/** A step of a day: a longer one is played. */
const MOST_STEP: Duration = minutes(24 * 60);
/** Faster than any machine goes. */
const MOST_SPEED = 1_000_000;
const LEAST_SPEED = 0.1;

const COMMANDS: Readonly<Record<string, (controls: Controls, body: Fields) => Promise<void>>> = {
  play: (controls) => controls.play(),
  pause: (controls) => controls.pause(),
  step: (controls, { ms }) => controls.step(wholeFrom(1, MOST_STEP)(ms, 'ms') as Duration),
  speed: (controls, { of }) =>
    controls.speed(
      optional(of, 'of', numberFrom(LEAST_SPEED, MOST_SPEED, `${LEAST_SPEED} to ${MOST_SPEED}`)),
    ),
};

export function steer(app: FastifyInstance, controls: Controls | undefined): void {
  app.post<{ Params: { command: string } }>(
    '/control/:command',
    { bodyLimit: MOST_BODY_BYTES },
    async ({ params, headers, body }, reply) => {
      if (controls === undefined) {
        return problem(reply, 404, 'Not found', 'nothing here can be steered');
      }
      if (headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin') {
        return problem(reply, 403, 'Forbidden', "another site's page does not steer this one");
      }
      if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
        return problem(reply, 415, 'Unsupported media type', 'application/json is read alone');
      }
      try {
        const command = Object.hasOwn(COMMANDS, params.command)
          ? COMMANDS[params.command]
          : undefined;
        if (command === undefined) {
          throw wrong('command', params.command, Object.keys(COMMANDS).join(', '));
        }
        await command(controls, objectIn(body, 'body'));
        return await reply.code(204).send();
      } catch (trouble) {
        if (!(trouble instanceof UsageError)) throw trouble;
        const { field, allowed } = trouble.error;
        return problem(reply, 400, 'Bad request', trouble.message, { field, allowed });
      }
    },
  );
}
