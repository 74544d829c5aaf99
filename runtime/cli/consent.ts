/**
 * Asking before anything costs money. Whoever sits at a terminal is shown what it comes to and says
 * yes or no; a script says `--yes` beforehand; nobody else can be asked, and then nothing is done.
 */
import { asked, somebodyThere } from './prompts.ts';
import { UsageError, type Console } from './trouble.ts';

/** How a person is asked. */
export interface Asking {
  readonly canAsk: boolean;
  /** Throws `BrokenOff` where the person would rather not say, a `UsageError` at the end of input. */
  ask(question: string): Promise<boolean>;
}

/** Whoever is at the terminal of this process. */
export const thisPerson = (): Asking => ({
  canAsk: somebodyThere(),
  async ask(message) {
    const { confirm } = await import('@clack/prompts');
    const wanted = { field: '--yes', allowed: 'that, or an answer at the terminal' };
    return asked((common) => confirm({ message, initialValue: false, ...common }), wanted);
  },
});

/**
 * Shows the summary, a line each, and asks. True where it may be done; throws a `UsageError` where
 * there is nobody to ask.
 */
export async function consent(
  summary: readonly (readonly [string, string])[],
  { yes, asking, io }: { readonly yes: boolean; readonly asking: Asking; readonly io: Console },
): Promise<boolean> {
  const wide = Math.max(...summary.map(([name]) => name.length));
  for (const [name, text] of summary) io.err(`${name.padEnd(wide)}  ${text}\n`);
  if (yes) return true;
  if (!asking.canAsk) {
    throw new UsageError({
      field: '--yes',
      came: 'absent, and no terminal to ask at',
      allowed: '--yes, which agrees to the above beforehand',
    });
  }
  return asking.ask('Do it?');
}
