/** Properties run 1 000 times; `npm run mutate` asks for fewer. A failure prints its seed. */
import fc from 'fast-check';

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1_000);
fc.configureGlobal({ numRuns: runs, endOnFailure: false });
