import type { InstanceBehindProxies } from './instance-behind-proxies.ts';
import { fetchesCommands, inTransaction } from './kafka-proxy/matches.ts';
import type { Statement } from './postgres-proxy/statement.ts';
import { createHold, type Hold, type Verdict } from './proxy/faults.ts';

/**
 * The steps of a batch, in order. Each step is visible on the wire. A batch stops at a step while the proxy holds back the processor's next
 * request, or the server's answer to the last one.
 */
export const STEPS = [
  'fetched',
  'fenced',
  'decoded',
  'ledgers read',
  'inside the transaction',
  'COMMIT sent',
  'committed',
  'first send',
  'all sent',
  'offsets sent',
  'EndTxn sent',
  'EndTxn answered',
] as const;

export type Step = (typeof STEPS)[number];

/** A partition whose batch is stopped at a step. */
export type Standing = Pick<Hold, 'isArrived'> & {
  /** Drops all messages that are held back. */
  drop(): void;
};

type Stop = { readonly question?: () => Promise<Verdict>; readonly answer?: () => Promise<Verdict> };

/** Stops one partition's batch at a step, and lets all others pass. `channelIn` gives the names of a partition's channels. */
export const holdAt = (
  { kafka, postgres }: InstanceBehindProxies,
  step: Step,
  partition: number,
): Standing => {
  const hold = createHold();
  const before: Stop = { question: hold.keep };
  const after: Stop = { answer: hold.keep };
  const inKafka = (api: Parameters<typeof inTransaction>[0], stop: Stop): void => {
    kafka.inject({ when: inTransaction(api, partition), ...stop });
  };
  const inPostgres = (words: string, stop: Stop): void => {
    postgres.inject({ when: saidOf(partition, words), ...stop });
  };

  switch (step) {
    case 'fetched':
      inPostgres('INSERT INTO partition_lease', before);
      break;
    case 'fenced':
      inKafka('InitProducerId', after);
      break;
    case 'decoded':
      inPostgres('INSERT INTO channel_ledger', before);
      break;
    case 'ledgers read':
      inPostgres('AS closed_runs', before);
      break;
    case 'inside the transaction':
      inPostgres('UPDATE partition_lease', after);
      break;
    case 'COMMIT sent':
      inPostgres('COMMIT', after);
      break;
    case 'committed':
      inKafka('AddPartitionsToTxn', before);
      break;
    case 'first send':
      inKafka('Produce', after);
      break;
    case 'all sent':
      inKafka('AddOffsetsToTxn', before);
      break;
    case 'offsets sent':
      inKafka('EndTxn', before);
      break;
    case 'EndTxn sent':
      inKafka('EndTxn', after);
      break;
    case 'EndTxn answered':
      kafka.inject({
        when: inTransaction('EndTxn', partition),
        answer: () => {
          kafka.inject({ when: fetchesCommands, ...before });
          void hold.keep();
          return 'forward';
        },
      });
      break;
  }
  return {
    isArrived: hold.isArrived,
    drop: () => {
      hold.release('drop');
    },
  };
};

export const channelIn = (partition: number, name: string): string => `p${String(partition)}:${name}`;

/**
 * Matches statements with these words about one partition. Statements about leases name the partition, and those about ledgers name its
 * channels. For other statements, the partition is the one that the same session has named last.
 */
const saidOf = (partition: number, words: string): ((statement: Statement) => boolean) => {
  const partitions = new Map<number, number>();
  return (statement) => {
    const named = partitionNamedIn(statement);
    if (named !== undefined) partitions.set(statement.session, named);
    return partitions.get(statement.session) === partition && statement.sql.includes(words);
  };
};

const WHOLE = /^\d+$/;
const CHANNEL = /\bp(\d+):/;

const partitionNamedIn = ({ sql, parameters }: Statement): number | undefined => {
  if (sql.includes('partition_lease')) {
    const values = parameters.map((value) => value?.toString() ?? '');
    const topic = values.findIndex(
      (value, at) => value.endsWith('run.close.requested') && WHOLE.test(values[at + 1] ?? ''),
    );
    return topic < 0 ? undefined : Number(values[topic + 1]);
  }
  const [, partition] = CHANNEL.exec(parameters.map((value) => value?.toString('latin1')).join()) ?? [];
  return partition === undefined ? undefined : Number(partition);
};
