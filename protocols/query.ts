/**
 * What a buyer asks for, and the one place that says what may be asked.
 */
import { INDUSTRIES, MAX_REGION_LENGTH, type Industry } from './lead.ts';

/** 1 to 100 leads, of one industry or any, of one region or any; audited in the open or sealed. */
export interface Want {
  readonly leads: number;
  /** Absent where any will do. */
  readonly industry?: Industry;
  /** Absent where any will do. Compared ignoring case. */
  readonly region?: string;
  /** Validators commit to their reports before they show them; absent where they need not. */
  readonly sealed?: true;
}

export const MAX_LEADS = 100;

/** Why a want was refused: the field as the outside names it, what came, and what is allowed. */
export interface FieldError {
  readonly field: string;
  readonly came: string;
  readonly allowed: string;
}

/** What was asked for, or the first field that is not as it must be. */
export function readWant(input: {
  readonly num_leads?: unknown;
  readonly industry?: unknown;
  readonly region?: unknown;
  readonly sealed?: unknown;
}): Want | FieldError {
  const { num_leads: leads, industry, region, sealed } = input;
  if (!isLeadCount(leads)) {
    return { field: 'num_leads', came: show(leads), allowed: `a whole number, 1 to ${MAX_LEADS}` };
  }
  if (industry !== undefined && !isIndustry(industry)) {
    return { field: 'industry', came: show(industry), allowed: `one of ${INDUSTRIES.join(', ')}` };
  }
  if (region !== undefined && !isRegion(region)) {
    const allowed = `1 to ${MAX_REGION_LENGTH} characters, not only blanks`;
    return { field: 'region', came: show(region), allowed };
  }
  if (sealed !== undefined && typeof sealed !== 'boolean') {
    return { field: 'sealed', came: show(sealed), allowed: 'true or false' };
  }
  return {
    leads,
    ...(industry === undefined ? {} : { industry }),
    ...(region === undefined ? {} : { region: region.trim() }),
    ...(sealed === true ? { sealed } : {}),
  };
}

export const isFieldError = (value: object): value is FieldError => 'allowed' in value;

/** As a person reads it: `num_leads is 101; allowed: a whole number, 1 to 100`. */
export const showFieldError = ({ field, came, allowed }: FieldError): string =>
  `${field} is ${came}; allowed: ${allowed}`;

const isLeadCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_LEADS;

export const isIndustry = (value: unknown): value is Industry =>
  (INDUSTRIES as readonly unknown[]).includes(value);

export const isRegion = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && Array.from(value).length <= MAX_REGION_LENGTH;

/** What came, short enough for one line whatever it was. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text =
    typeof value === 'object' || typeof value === 'string' ? inJson(value) : plain(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** JSON has no words for `NaN`, and none for a bigint. */
const plain = (value: unknown): string =>
  typeof value === 'function' || typeof value === 'symbol' ? typeof value : String(value);

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // It holds itself, or something that JSON has no words for.
    return typeof value;
  }
}
