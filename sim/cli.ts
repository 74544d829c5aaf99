/**
 * `leadpoet sim …`: a command line of its own, so that neither of the two imports the other.
 */
import { runProgram } from '../runtime/cli/command-line.ts';
import { EXAMPLES, program } from './program.ts';

await runProgram(program, process.argv.slice(3), EXAMPLES);
