import type { RunClosed, RunCloseRejected, RunCloseRequested } from '../../src/domain/records.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { createOutcomeWatch, type OutcomeWatch } from '../../src/kafka/outcomes/outcome-watch.ts';
import type { Decode, OutcomeDecoders } from '../../src/kafka/outcomes/outcome.ts';
import { createPastOutcomes } from '../../src/kafka/outcomes/past-outcomes.ts';
import type { PartitionReader } from '../../src/kafka/read/partition-reader.ts';
import type { Failure } from '../../src/processor/failure.ts';
import type { Headers } from '../../src/wire/headers.ts';
import { createTopicsInMemory } from './topics-in-memory.ts';

/** Values are JSON instead of Avro. `null` cannot be decoded. */
const decode: Decode<never> = (values) =>
  Promise.resolve(
    values.map((value) =>
      value === null
        ? { kind: 'poison' as const, poison: { code: 'NULL_VALUE', message: 'the record has no value' } }
        : { kind: 'value' as const, value: JSON.parse(value.toString()) as never },
    ),
  );

/** The outputs of a processor, and those who wait for outcomes in them. */
export const createOutcomesInMemory = (partitions = 2) => {
  const names = topicNames();
  const topics = createTopicsInMemory(partitions);
  const committed = new Map<number, number | null>();
  const decoders: OutcomeDecoders = {
    'run.closed': decode,
    'run.close.rejected': decode,
    'run.close.requested': decode,
  };
  const refused: Failure[] = [];
  const watches: OutcomeWatch[] = [];

  const headersOf = (partition: number, offset: number, commandId: string): Headers => [
    ['causation-id', Buffer.from(commandId)],
    ['source-offset', Buffer.from(`${names.requested}/${partition}/${offset}`)],
  ];

  type Source = { partition: number; offset: number; channelId?: string; commandId?: string };
  const namesOf = ({ offset, channelId = 'C1', commandId = `c${offset}` }: Source) => ({
    channelId,
    commandId,
  });

  return {
    ...topics,
    names,
    committed,
    decoders,
    refused,
    watch: (
      more: {
        reader?: Partial<PartitionReader>;
        offsets?: { committed(): Promise<ReadonlyMap<number, number | null>> };
        decoders?: Partial<OutcomeDecoders>;
      } = {},
    ): OutcomeWatch => {
      const watch = createOutcomeWatch({
        reader: { ...topics.reader, ...more.reader },
        offsets: more.offsets ?? { committed: () => Promise.resolve(new Map(committed)) },
        groupId: 'runclose',
        decoders: { ...decoders, ...more.decoders },
        names,
        pacer: { beforeRetry: () => new Promise((resolve) => setTimeout(resolve, 1)) },
        onRefused: (failure) => refused.push(failure),
      });
      watches.push(watch);
      return watch;
    },
    past: () => createPastOutcomes({ reader: topics.reader, names, decoders }),
    closed: (source: Source, headers: Headers = [], partition = source.partition): RunClosed => {
      const event = { ...namesOf(source), runId: `r${source.offset}`, sequence: 1 };
      topics.append(names.closed, partition, {
        key: Buffer.from(event.channelId),
        headers: [...headersOf(source.partition, source.offset, event.commandId), ...headers],
        value: Buffer.from(JSON.stringify(event)),
      });
      return event as RunClosed;
    },
    rejected: (source: Source, reason = 'UNAUTHORIZED'): RunCloseRejected => {
      const event = { ...namesOf(source), reason };
      topics.append(names.rejected, source.partition, {
        key: Buffer.from(event.channelId),
        headers: headersOf(source.partition, source.offset, event.commandId),
        value: Buffer.from(JSON.stringify(event)),
      });
      return event as RunCloseRejected;
    },
    /** As an operator's `skip` leaves it: the record itself can be decoded. */
    skipped: (source: Source): Partial<RunCloseRequested> => {
      const command = namesOf(source);
      topics.append(names.deadLetters, source.partition, {
        key: Buffer.from(command.channelId),
        headers: [
          ['__connect.errors.topic', Buffer.from(names.requested)],
          ['__connect.errors.partition', Buffer.from(String(source.partition))],
          ['__connect.errors.offset', Buffer.from(String(source.offset))],
          ['__connect.errors.exception.class.name', Buffer.from('SKIPPED')],
          ['__connect.errors.exception.message', Buffer.from('an operator skipped it')],
        ],
        value: Buffer.from(JSON.stringify(command)),
      });
      return command;
    },
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
};

export type OutcomesInMemory = ReturnType<typeof createOutcomesInMemory>;
