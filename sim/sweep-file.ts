/**
 * A sweep: a scenario, seeds, and a grid of values for keys of the scenario.
 *
 *     format = "leadpoet.sweep/1"
 *     scenario = "baseline"             # one that ships, or a file beside this one
 *     seeds = 5                         # so many of its own for each point of the grid, or a list
 *
 *     [grid]                            # every combination of these; the last key turns fastest
 *     "miners.garbage" = [0, 10]
 *     "network.loss" = [0, 0.01]
 *
 * A value that the scenario can't take is told with the key and the line of the sweep.
 */
import { dirname, resolve } from 'node:path';
import { anyTable, Misfit, misfit, must, type Path } from './keys.ts';
import { documentOf, scenarioIn } from './scenario-keys.ts';
import { loadScenario, readToml, textOf } from './scenario-file.ts';
import type { Scenario } from './scenario.ts';
import type { Seeds } from './cells.ts';
