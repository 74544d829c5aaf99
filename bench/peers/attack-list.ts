/**
 * What is done to the validator of `bench/attacks.ts`, for how long, and under which names of
 * `/metrics` it must be counted. How it is done: `raw-attacks.ts`.
 */
export interface Attack {
  readonly title: string;
  readonly seconds: number;
  /** Each of these must have grown by then. */
  readonly counted: readonly string[];
}

export type AttackName =
  | 'longPrefix'
  | 'endlessVarint'
  | 'emptyFrame'
  | 'streams'
  | 'silentSockets'
  | 'sybils'
  | 'push'
  | 'deepCbor'
  | 'hugeArray'
  | 'proto'
  | 'forged'
  | 'genesis'
  | 'clock'
  | 'stolen'
  | 'flood'
  | 'staked'
  | 'slow';

const line = (name: string): string => `leadpoet_transport{of="${name}"}`;
const lost = (why: string): string => `leadpoet_messages_lost_total{why="${why}"}`;
const refused = (kind: string, why: string): string =>
  `leadpoet_messages_refused_total{kind="${kind}",why="${why}"}`;

/** Makes 200 questions of the honest peer. */
const USUAL = 4;
/** A frame that was begun is waited for 20 s. */
const SLOW = 23;

const usual = (title: string, ...counted: readonly string[]): Attack => ({
  title,
  seconds: USUAL,
  counted,
});

/** By the names that `raw-attacks.ts` knows them by. */
export const ATTACKS: Readonly<Record<AttackName, Attack>> = {
  longPrefix: usual('lengths of 10 MB', line('cut_long_frame')),
  endlessVarint: usual('endless varints', line('cut_long_prefix')),
  emptyFrame: usual(
    'empty frames, nested greetings',
    line('cut_empty_frame'),
    line('cut_bad_frame'),
  ),
  streams: usual('80 streams on each connection', line('cut_replaced')),
  silentSockets: usual('silent sockets from 16 addresses', line('unencrypted')),
  sybils: usual('60 nodes that never say who they are', line('cut_crowded')),
  push: usual('25 MB pushed by known peers', lost('malformed'), line('cut_faults')),
  deepCbor: usual('messages of 100 000 nested lists', lost('malformed'), line('cut_faults')),
  hugeArray: usual('arrays of 4 billion, texts of 2 GB', lost('malformed'), line('cut_faults')),
  proto: usual('__proto__ in messages', lost('malformed'), line('cut_faults')),
  forged: usual('forged messages', lost('forged'), line('refused_banned')),
  genesis: usual(
    'greetings of another genesis',
    line('refused_genesis'),
    line('cut_refused_often'),
  ),
  clock: usual('clocks ten minutes off', line('refused_clock')),
  stolen: usual('stolen and expired statements', line('refused_statement_forged')),
  flood: usual('floods of good messages by 6 without stake', refused('missing', 'no_standing')),
  staked: usual('floods of costly questions by 6 with stake', refused('missing', 'repeated')),
  slow: {
    title: 'drip, half frames, stalled readers, silence',
    seconds: SLOW,
    counted: [line('cut_stalled'), line('cut_silent'), line('cut_deaf')],
  },
};
