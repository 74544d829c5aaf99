/**
 * Looks for collusion in a thread of its own: events come in, a finding goes back. The same function is
 * called in line, so that both ways agree.
 */
import type { CollusionEvents } from '../../protocols/rules/collusion/events.ts';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import type { Finding } from '../../protocols/rules/collusion/finding.ts';

export const collusion = (events: CollusionEvents): Finding => evaluate(events);
