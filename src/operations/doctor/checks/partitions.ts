import { shellWord } from '../../../domain/words/shell-word.ts';
import type { Hindrance, PartitionContent } from '../../../kafka/read/hindrances.ts';
import type { Alarm } from '../../../processor/alarm.ts';
import { type Finding, findingCodeOf, found, type Mend, orOk, SETUP } from '../findings.ts';
import { deleteOffsets } from './group.ts';

export type TransactionsFacts = {
  readonly contents: readonly PartitionContent[];
  readonly bootstrap: string;
};

/** Every batch holds its outputs back for a moment, and so does a publisher with transactions. */
const ORDINARY_MS = 20_000;

/** Checks that each partition has a leader, and that no transaction hangs. */
export const checkTransactions = ({ contents, bootstrap }: TransactionsFacts): readonly Finding[] =>
  orOk(
    contents
      .flatMap(({ hindrances }) => hindrances)
      .filter(({ lastsMs }) => lastsMs === null || lastsMs >= ORDINARY_MS)
      .map((it) =>
        found('transactions', findingCodeOf(it.code) ?? 'check-failed', it.message, mendOf(it, bootstrap)),
      ),
    'transactions',
    'every partition has a leader, and no transaction hangs',
  );

const mendOf = ({ code, where, from }: Hindrance, bootstrap: string): Mend => {
  switch (code) {
    case 'INPUT_LEADERLESS':
    case 'OUTPUT_LEADERLESS':
      return { advice: 'start a broker that has a copy of this partition' };
    case 'INPUT_HELD_BACK':
    case 'OUTPUT_HELD_BACK': {
      const [topic = '', partition = ''] = where.split(/\/(?=\d+$)/);
      return {
        command: `kafka-transactions.sh --bootstrap-server ${shellWord(bootstrap)} abort --topic ${topic} --partition ${partition} --start-offset ${String(from)}`,
        advice:
          'end or restart the producer of that transaction. If the producer is gone, abort the transaction: its records are then never read',
      };
    }
  }
};

export type AlarmsFacts = {
  /** By partition, the alarm that its owner has raised, or that the next owner would raise. */
  readonly alarms: ReadonlyMap<number, readonly { readonly code: string; readonly message: string }[]>;
  readonly groupId: string;
  readonly topic: string;
  readonly bootstrap: string;
};

/** Checks that no partition waits for a person. `checkTransactions` reports the partitions that cannot be read. */
export const checkAlarms = (facts: AlarmsFacts): readonly Finding[] => {
  const alarms = [...facts.alarms.values()].flat().filter(({ code }) => !HINDRANCES.test(code));
  return orOk(
    alarms.map((alarm) => {
      const code = findingCodeOf(alarm.code);
      return code === null
        ? found('alarms', 'check-failed', `${alarm.code}: ${alarm.message}`)
        : found('alarms', code, alarm.message, mendOfAlarm(alarm as Alarm, facts));
    }),
    'alarms',
    'no partition waits for somebody to act',
  );
};

const HINDRANCES = /_(HELD_BACK|LEADERLESS)$/;

const mendOfAlarm = ({ code, message }: Alarm, facts: AlarmsFacts): Mend => {
  switch (code) {
    case 'CLUSTER_CHANGED':
      return {
        command: 'runclose adopt-cluster --yes',
        advice: `stop every \`serve\` of the other cluster first. ${DRY}`,
      };
    case 'INPUT_GAP':
      return {
        command: 'runclose accept-gap --yes',
        advice: `the skipped commands stay undecided. Find out why no \`serve\` ran for so long. ${DRY}`,
      };
    case 'INPUT_RECREATED':
      return message.includes("the group's offset is")
        ? { command: deleteOffsets(facts), advice: 'stop every `serve` of the group first' }
        : { command: 'runclose adopt-topics --yes', advice: DRY };
    case 'OUTPUTS_RECREATED':
      return { command: 'runclose adopt-topics --yes', advice: DRY };
    case 'OUTPUT_PARTITION_MISSING':
      return {
        command: 'runclose setup --repartition',
        advice: 'first set TOPIC_PARTITIONS to the number of partitions of the commands',
      };
    case 'RECORD_REFUSED':
    case 'RECORD_TOO_LARGE': {
      // A record whose decision is stored cannot be skipped; then the message names no command.
      const [skip] = /runclose skip \S+ --yes/.exec(message) ?? [];
      return skip === undefined
        ? { command: SETUP, advice: `if it does not help: ${causeToRemove(code)}` }
        : {
            command: skip,
            advice:
              'run `runclose setup` first. Skip the record only if that does not help: it is then never decided',
          };
    }
    case 'STORE_BEHIND_LOG':
    case 'STORED_EVENTS_DIFFER':
      return { advice: 'restore a later backup of Postgres' };
    case 'STORED_COMMAND_DIFFERS':
      return {
        advice:
          'set another TOPIC_PREFIX for all processors, publishers and subscribers, then run `runclose setup`',
      };
  }
};

const causeToRemove = (code: 'RECORD_REFUSED' | 'RECORD_TOO_LARGE'): string =>
  code === 'RECORD_TOO_LARGE'
    ? 'raise `max.message.bytes` of the topic further'
    : 'remove the cause that the broker names';

const DRY = 'Without --yes, the command only shows what it would do';
