/**
 * `leadpoet export`: the leads of an earlier answer once more, as a CRM or a spreadsheet takes them.
 * The node's file is read alone, so the node may be running.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDir } from '../network.ts';
import { readAnswers, withoutErased } from '../store/answers.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { formatOf, showAs, writeLeads } from './lead-output.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { queryNamed, unknownQuery } from './query-name.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';

export interface ExportOptions extends RawOptions {
  readonly format?: string;
  readonly out?: string;
}

/** Exit 0 where there are leads, 1 where the answer had none or all of them were erased since. */
export function exportLeads(query: string, options: ExportOptions, io: Console): number {
  const format = formatOf(options.format, options.out);
  const settings = nodeSettings('buyer', options, process.env);
  const file = join(nodeDir(settings), NODE_FILE);
  if (!existsSync(file)) {
    const { hotkey } = settings.wallet;
    const todo = 'name its --wallet.hotkey and --data-dir';
    throw new WorldError(`no buyer of hotkey ${hotkey} has been here (${file}); ${todo}`);
  }
  const answers = readAnswers(file);
  try {
    const found = answers.of(queryNamed(query, answers));
    if (found === undefined) throw unknownQuery(query);
    const { answer, erased } = withoutErased(found);
    if (erased > 0) {
      io.err(
        `leadpoet export: ${erased} leads of this answer were erased since, and are left out\n`,
      );
    }
    const { out } = options;
    const text = showAs(format, { answer, nameOf: (hotkey) => hotkey.slice(0, 8) });
    if (out === undefined) io.out(text);
    else {
      writeLeads(out, text);
      io.out(`${answer.leads.length} leads in ${out}\n`);
    }
    return answer.leads.length > 0 ? EXIT.done : EXIT.no;
  } finally {
    answers.close();
  }
}
