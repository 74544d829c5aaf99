/**
 * A stranger's text in a cell: a spreadsheet runs what begins like a formula, so there it is given a
 * mark (') that keeps it a text, and whoever reads our files takes that mark off again.
 *
 *     =1+1 ──▶ '=1+1        '=1+1 ──▶ ''=1+1        Acme = us ──▶ Acme = us
 *
 * Marked is what begins, after blanks and marks, with = + - @ or one of their wide forms, which a
 * spreadsheet in Japanese takes for the same; and what begins with a control character. Everything
 * else stays as it is to the letter.
 *
 * An address that keeps the rules is never marked: a CRM would write to another mailbox then. It has
 * letters, digits and . _ % + - @ alone, of which no formula can be made that calls, links or reads.
 */
import { isEmail } from '../../protocols/rules/format.ts';

export const tame = (text: string): string =>
  isDangerous(text) && !isEmail(text) ? `'${text}` : text;

/** What `tame` was given. */
export const untame = (text: string): string =>
  text.startsWith("'") && isDangerous(text) ? text.slice(1) : text;

/** With any marks before it: what looks marked is marked once more, so that both ways are certain. */
// oxlint-disable-next-line no-control-regex -- it is control characters that are looked for.
const isDangerous = (text: string): boolean => /^'*(?:[\0-\x1f]|\s*[=+\-@＝＋－＠])/u.test(text);
