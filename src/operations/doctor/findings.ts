/**
 * Everything that `doctor` can find wrong. The codes are stable: each is a section of docs/runbook.md. An alarm or a hindrance has the code
 * that `serve` logs, in small letters with hyphens.
 */
type Definition = {
  /** A fault stops or endangers the work. A warning is something to look at. */
  readonly status: 'fault' | 'warning';
  /** What the fault does to the work. */
  readonly means: string;
  /** `doctor --fix --yes` runs `runclose setup`, which removes nothing and is safe to run again. */
  readonly isMendedBySetup?: true;
};

const DEFINITIONS = {
  'configuration-wrong': { status: 'fault', means: 'no command that uses this setting starts' },
  'kafka-unreachable': { status: 'fault', means: 'nothing is read, decided or emitted' },
  'address-unreachable': { status: 'warning', means: 'if the other addresses fail too, the server is away' },
  'broker-unreachable': {
    status: 'fault',
    means: 'the partitions that this broker leads cannot be read or written',
  },
  'kafka-login-refused': { status: 'fault', means: 'nothing is read, decided or emitted' },
  'registry-unreachable': {
    status: 'fault',
    means: '`serve` does not start; a running `serve` waits at the first schema that it has not seen yet',
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
    means: 'transactions on brokers before 3.6 can hang, and RunClose is not tested with them',
  },
  'clock-wrong': {
    status: 'fault',
    means: 'lag and ages are wrong; if this clock is an hour ahead, brokers refuse the events',
  },
  'topic-missing': { status: 'fault', means: '`serve` does not start', isMendedBySetup: true },
  'partitions-differ': {
    status: 'fault',
    means: 'a partition of the commands waits if an output has no partition of that number',
  },
  'topic-compacted': {
    status: 'fault',
    means:
      'Kafka keeps only the last record of each channel, and deletes even commands that were not decided',
    isMendedBySetup: true,
  },
  'retention-short': {
    status: 'fault',
    means: 'in a long outage, Kafka deletes commands before they are decided, or events before they are read',
    isMendedBySetup: true,
  },
  'retention-limited-by-size': {
    status: 'fault',
    means:
      'when the topic reaches that size, Kafka deletes records before their time, even commands that were not decided',
  },
  'message-size-small': {
    status: 'fault',
    means: 'brokers refuse large records: publishing fails, or a partition stops with RECORD_TOO_LARGE',
    isMendedBySetup: true,
  },
  'timestamp-type-wrong': {
    status: 'fault',
    means:
      'brokers must stamp commands, or lag and retention follow the clocks of publishers; events keep the time of their producer',
    isMendedBySetup: true,
  },
  'dead-letter-times-limited': {
    status: 'fault',
    means: 'a dead letter keeps the time of its record, and the broker refuses a time outside the limits',
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
    means:
      'records with this version of the schema become dead letters, and `setup` cannot register a new one',
  },
  'schema-too-old': { status: 'fault', means: '`serve` does not start', isMendedBySetup: true },
  'schema-too-new': { status: 'fault', means: 'this version of RunClose does not start' },
  'migration-changed': {
    status: 'fault',
    means: 'this version of RunClose was not tested with these tables',
  },
  'schema-damaged': { status: 'fault', means: '`serve` ends, or may decide a command or a run twice' },
  'postgres-right-missing': {
    status: 'fault',
    means: '`serve` waits as in an outage of Postgres, or cannot maintain its tables',
    isMendedBySetup: true,
  },
  'kafka-right-missing': { status: 'fault', means: '`serve` does not start; a running `serve` waits' },
  'group-empty': { status: 'warning', means: 'no `serve` runs, so commands wait' },
  'partition-unowned': {
    status: 'warning',
    means: 'the commands of this partition wait until a member of the group owns it',
  },
  'lag-too-old': { status: 'fault', means: 'people wait for their result; nothing is lost' },
  'group-shared': {
    status: 'fault',
    means: 'the other application gets partitions of the commands, or keeps `serve` out: these commands wait',
  },
  'group-changed': {
    status: 'warning',
    means: 'if both groups run, each keeps taking the leases from the other',
  },
  'offset-ahead': {
    status: 'fault',
    means:
      'Postgres has lost commits, or somebody has moved the offset: the commands in between get no events',
  },
  'misplaced-commands': {
    status: 'fault',
    means: 'decisions stay right, but the events of such a channel are in two partitions, maybe out of order',
  },
  'certificate-expired': { status: 'fault', means: 'new connections fail' },
  'certificate-expiring': { status: 'warning', means: 'new connections fail from that day on' },
  'check-failed': { status: 'fault', means: 'doctor does not know whether this is well' },

  'input-held-back': {
    status: 'fault',
    means: 'no processor can read the commands behind the transaction until it ends',
  },
  'input-leaderless': { status: 'fault', means: 'the commands of this partition wait' },
  'output-held-back': {
    status: 'fault',
    means: 'subscribers see no event behind the transaction until it ends',
  },
  'output-leaderless': {
    status: 'fault',
    means: 'the commands of this partition wait, because their events cannot be written',
  },

  'cluster-changed': {
    status: 'fault',
    means: 'nothing is decided until you adopt this cluster, or correct KAFKA_BROKERS',
  },
  'input-gap': {
    status: 'fault',
    means: 'these commands are lost; the partition waits until you accept that',
  },
  'input-recreated': {
    status: 'fault',
    means: "nothing is decided until you adopt the topic, or delete the group's offset",
  },
  'output-partition-missing': { status: 'fault', means: 'the partition waits' },
  'outputs-recreated': { status: 'fault', means: 'nothing is emitted until you adopt the new topics' },
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
  /** Null if nothing is wrong, or if the check could not run. */
  readonly code: FindingCode | null;
  /** What was found, with ids, and without personal data. */
  readonly message: string;
  readonly means: string | null;
  /** Without a command, what to do; with a command, what to know before running it. */
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

/** The findings; if there are none, one that says that all is well. */
export const orOk = (findings: readonly Finding[], check: string, message: string): readonly Finding[] =>
  findings.length === 0 ? [ok(check, message)] : findings;

const RANKS: readonly Finding['status'][] = ['fault', 'warning', 'skipped', 'ok'];

/** The worst first; otherwise in the order of the checks. */
export const worstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((one, other) => RANKS.indexOf(one.status) - RANKS.indexOf(other.status));

/** `INPUT_GAP` → `input-gap`; null if `doctor` has no such finding. */
export const findingCodeOf = (code: string): FindingCode | null => {
  const kebab = code.toLowerCase().replaceAll('_', '-');
  return kebab in DEFINITIONS ? (kebab as FindingCode) : null;
};
