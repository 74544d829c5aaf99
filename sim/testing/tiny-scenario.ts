/** A scenario that runs in a moment, for commands to be tried on; as long as it is asked to be. */
export const tinyScenario = (duration: string): string => `format = "leadpoet.scenario/1"
duration = "${duration}"
[miners]
honest = 4
garbage = 1
[validators]
honest = 3
[buyers]
honest = 2
[demand]
queries_per_day = 240
num_leads = 5
[chain]
tempo = 49
`;
