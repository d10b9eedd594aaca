/**
 * Everything that `doctor` can find wrong. The codes are stable: each is a section of docs/runbook.md. Alarms and hindrances have the codes
 * of the log of `serve`, in small letters with hyphens.
 */
type Definition = {
  /** A fault stops or endangers the work. A warning is something to look at. */
  readonly status: 'fault' | 'warning';
  /** What happens, or will happen, because of it. */
  readonly means: string;
  /** `doctor --fix --yes` mends it by `runclose setup`, which removes nothing and is safe to run again. */
  readonly isMendedBySetup?: true;
};

const DEFINITIONS = {
  'configuration-wrong': { status: 'fault', means: 'no command that uses this setting starts' },
  'kafka-unreachable': { status: 'fault', means: 'nothing is read, decided or emitted' },
  'address-unreachable': { status: 'warning', means: 'if the other addresses fail too, the server is away' },
  'kafka-login-refused': { status: 'fault', means: 'nothing is read, decided or emitted' },
  'registry-unreachable': {
    status: 'fault',
    means: '`serve` waits if it meets a schema that it has not seen yet, and does not start',
  },
  'registry-login-refused': {
    status: 'fault',
    means: '`serve` treats this as an outage of the registry: it waits',
  },
  'postgres-unreachable': { status: 'fault', means: 'nothing is decided' },
  'postgres-login-refused': { status: 'fault', means: 'nothing is decided' },
  'postgres-misconfigured': { status: 'fault', means: '`serve` does not start' },
  'postgres-standby': { status: 'fault', means: 'nothing can be stored, so nothing is decided' },
  'kafka-too-old': {
    status: 'fault',
    means: 'transactions of brokers before 3.6 may hang, and nobody tests them',
  },
  'clock-wrong': {
    status: 'fault',
    means: 'lag and ages are wrong, and a broker refuses events that are an hour ahead',
  },
  'topic-missing': { status: 'fault', means: '`serve` does not start', isMendedBySetup: true },
  'partitions-differ': {
    status: 'fault',
    means: 'partition p of the commands writes to partition p of each output, so p waits',
  },
  'topic-compacted': {
    status: 'fault',
    means: 'Kafka deletes all but the last record of each channel, even commands that were not decided',
    isMendedBySetup: true,
  },
  'retention-short': {
    status: 'fault',
    means:
      'after a long outage Kafka has deleted commands that were not decided, or events that nobody has read',
    isMendedBySetup: true,
  },
  'retention-limited-by-size': {
    status: 'fault',
    means:
      'when much is published, Kafka deletes records before their time, even commands that were not decided',
  },
  'message-size-small': {
    status: 'fault',
    means: 'a broker refuses large records: a partition then stops with RECORD_TOO_LARGE',
    isMendedBySetup: true,
  },
  'timestamp-type-wrong': {
    status: 'fault',
    means:
      'commands need the times of the broker, or lag and retention follow the clocks of publishers; events keep their own',
    isMendedBySetup: true,
  },
  'dead-letter-times-limited': {
    status: 'fault',
    means: 'a dead letter keeps the time of its record: the broker refuses one with an odd time',
    isMendedBySetup: true,
  },
  'min-insync-replicas-low': {
    status: 'fault',
    means: 'the loss of one broker can lose records that were acknowledged',
    isMendedBySetup: true,
  },
  'min-insync-replicas-high': { status: 'fault', means: 'the broker refuses every record of this topic' },
  'replication-low': {
    status: 'warning',
    means: 'the loss of one broker stops the topic, and may lose its records',
  },
  'schema-not-registered': {
    status: 'fault',
    means: '`serve` does not start, or waits before it emits the next event',
    isMendedBySetup: true,
  },
  'compatibility-wrong': {
    status: 'fault',
    means: 'somebody can register a schema that readers of older records do not understand',
    isMendedBySetup: true,
  },
  'schema-incompatible': {
    status: 'fault',
    means: 'records written with this version become dead letters, and `setup` cannot register a new schema',
  },
  'schema-too-old': { status: 'fault', means: '`serve` does not start', isMendedBySetup: true },
  'schema-too-new': { status: 'fault', means: 'this version of RunClose does not start' },
  'migration-changed': {
    status: 'fault',
    means: 'the tables are not those that this version was tested with',
  },
  'postgres-right-missing': {
    status: 'fault',
    means: '`serve` waits as in an outage of Postgres',
    isMendedBySetup: true,
  },
  'kafka-right-missing': { status: 'fault', means: '`serve` does not start; a running `serve` waits' },
  'group-empty': { status: 'warning', means: 'no `serve` runs, so commands wait' },
  'partition-unowned': {
    status: 'warning',
    means: 'the commands of this partition wait until a member gets it',
  },
  'group-changed': {
    status: 'warning',
    means: 'two groups that process the same commands take the leases from each other all the time',
  },
  'offset-ahead': {
    status: 'fault',
    means:
      'Postgres has lost commits, or somebody has moved the offset: then commands never get their events',
  },
  'misplaced-commands': {
    status: 'fault',
    means:
      'decisions stay right, but subscribers get the events of a channel from two partitions, out of order',
  },
  'certificate-expired': { status: 'fault', means: 'new connections fail' },
  'certificate-expiring': { status: 'warning', means: 'new connections fail from that day on' },
  'check-failed': { status: 'fault', means: 'the state behind this check is not known' },

  'input-held-back': { status: 'fault', means: 'no processor can read the commands behind it until it ends' },
  'input-leaderless': { status: 'fault', means: 'its commands wait' },
  'output-held-back': { status: 'fault', means: 'subscribers see no event behind it until it ends' },
  'output-leaderless': {
    status: 'fault',
    means: 'its commands wait, because their events cannot be written',
  },

  'cluster-changed': { status: 'fault', means: 'nothing is decided until you say which cluster counts' },
  'input-gap': {
    status: 'fault',
    means: 'these commands are lost; the partition waits until you accept that',
  },
  'input-recreated': { status: 'fault', means: 'nothing is decided until you say what the topic is' },
  'output-partition-missing': { status: 'fault', means: 'the partition waits' },
  'outputs-recreated': { status: 'fault', means: 'nothing is emitted until you say so' },
  'record-refused': { status: 'fault', means: 'the partition waits at this record' },
  'record-too-large': { status: 'fault', means: 'the partition waits at this record' },
  'store-behind-log': { status: 'fault', means: 'the ledgers lack runs, so the partition waits' },
  'stored-command-differs': { status: 'fault', means: 'the partition waits' },
  'stored-events-differ': { status: 'fault', means: 'the partition waits' },
} as const satisfies Readonly<Record<string, Definition>>;

export type FindingCode = keyof typeof DEFINITIONS;

export const FINDING_CODES = Object.keys(DEFINITIONS) as readonly FindingCode[];

export type Finding = {
  readonly check: string;
  readonly status: 'fault' | 'warning' | 'skipped' | 'ok';
  /** Null if nothing is wrong, or if nothing is known. */
  readonly code: FindingCode | null;
  /** What was found, with ids, and without personal data. */
  readonly message: string;
  readonly means: string | null;
  /** What to do if no command does it alone, or what to know before running the command. */
  readonly advice: string | null;
  /** The command that mends it. */
  readonly command: string | null;
  /** True: `--fix` runs the command. */
  readonly isHarmless: boolean;
};

export const SETUP = 'runclose setup';

export type Mend = { readonly advice?: string; readonly command?: string };

export const found = (check: string, code: FindingCode, message: string, mend: Mend = {}): Finding => {
  const { status, means, isMendedBySetup }: Definition = DEFINITIONS[code];
  const isHarmless = isMendedBySetup === true && mend.command === undefined;
  return {
    check,
    status,
    code,
    message,
    means,
    advice: mend.advice ?? null,
    command: isHarmless ? SETUP : (mend.command ?? null),
    isHarmless,
  };
};

const nothingWrong = (check: string, status: 'ok' | 'skipped', message: string): Finding => ({
  check,
  status,
  code: null,
  message,
  means: null,
  advice: null,
  command: null,
  isHarmless: false,
});

export const ok = (check: string, message: string): Finding => nothingWrong(check, 'ok', message);

export const skipped = (check: string, message: string): Finding => nothingWrong(check, 'skipped', message);

/** The findings, or that all is well. */
export const orOk = (findings: readonly Finding[], check: string, message: string): readonly Finding[] =>
  findings.length === 0 ? [ok(check, message)] : findings;

const RANKS: readonly Finding['status'][] = ['fault', 'warning', 'skipped', 'ok'];

/** The worst first; otherwise in the order of the checks. */
export const worstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((one, other) => RANKS.indexOf(one.status) - RANKS.indexOf(other.status));

/** `INPUT_GAP` → `input-gap`, if the runbook has such a section as a finding. */
export const findingCodeOf = (code: string): FindingCode | null => {
  const kebab = code.toLowerCase().replaceAll('_', '-');
  return kebab in DEFINITIONS ? (kebab as FindingCode) : null;
};
