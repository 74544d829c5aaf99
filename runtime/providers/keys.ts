/**
 * The environment variables that hold providers' keys, and what `--help` says of them. It stands
 * apart from who uses the keys, so that `--help` loads none of that.
 */
export const HUNTER_KEY = 'HUNTER_API_KEY';
export const CLEARBIT_KEY = 'CLEARBIT_API_KEY';

export const CLEARBIT_HELP: string =
  `${CLEARBIT_KEY} is optional and for old accounts alone: Clearbit closed its free services in 2025 ` +
  'and gives out no new keys. Where it is set, Clearbit is asked about companies that Hunter does not know.';

export const OPEN_SOURCE_MODEL = '--use_open_source_lead_model';

export const OPEN_SOURCE_MODEL_HELP: string = `find leads with Hunter; needs ${HUNTER_KEY} in the environment. ${CLEARBIT_HELP}`;
