/**
 * `leadpoet`, all but `leadpoet sim`: the command line of this process.
 */
import { runProgram } from './command-line.ts';
import { EXAMPLES } from './commands/examples.ts';
import { program } from './program.ts';

await runProgram(program, process.argv.slice(2), EXAMPLES);
