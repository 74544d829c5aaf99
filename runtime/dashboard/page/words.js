/**
 * How numbers, times and names are said.
 */

const whole = new Intl.NumberFormat('en');
export const count = (number) => whole.format(number);

/** Of millionths, rounded down as the rules do. */
export const percent = (millionths) =>
  millionths === null || millionths === undefined ? '–' : `${Math.floor(millionths / 10_000)} %`;

export const decimal = (number, places = 2) => number.toFixed(places);

/** A hotkey is known by its ends. */
export const short = (name) => (name.length > 24 ? `${name.slice(0, 6)}…${name.slice(-4)}` : name);

/** A name in a cell; the whole of it where it was cut. */
export const named = (name) => ({
  text: short(name),
  title: short(name) === name ? undefined : name,
});

/** `93 s`, `4.2 s`, `3 min 05 s`, `2 d 03:04:05`. */
export function span(ms) {
  const s = ms / 1_000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.round(s)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${two(Math.floor(s % 60))} s`;
  return since(ms);
}

/** Since the beginning: `1 d 02:03:04`. */
export function since(ms) {
  const s = Math.max(0, Math.floor(ms / 1_000));
  const days = Math.floor(s / 86_400);
  const rest = `${two(Math.floor(s / 3_600) % 24)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days > 0 ? `${days} d ${rest}` : rest;
}

/** An instant on a clock on the wall. */
export const clock = (ms) => new Date(ms).toISOString().slice(11, 19);

const two = (number) => String(number).padStart(2, '0');

export const words = (name) => String(name).replaceAll('_', ' ');

export const plural = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;
