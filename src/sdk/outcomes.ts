/** The part of the publisher that finds out what became of commands. It opens its connections when it is first used. */
import { createRecordDecoders } from '../avro/record-decoders.ts';
import type { RecordSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import type { SchemaRegistry } from '../avro/schema-registry.ts';
import type { KafkaClient } from '../kafka/client/client.ts';
import { createGroupOffsets } from '../kafka/read/group-offsets.ts';
import type { CommandName, FoundOutcome } from '../kafka/outcomes/outcome.ts';
import { createOutcomeWatch, type OutcomeWatch } from '../kafka/outcomes/outcome-watch.ts';
import { createPastOutcomes } from '../kafka/outcomes/past-outcomes.ts';
import { createPartitionReader } from '../kafka/read/partition-reader.ts';
import { topicNames } from '../kafka/names/topic-names.ts';
import { createPacer } from '../resilience/pacer.ts';
import { searchPatiently } from './patient-search.ts';
import type { WarningLogger } from './warnings.ts';

export type Outcomes = {
  readonly watch: OutcomeWatch;
  /**
   * As `PastOutcomes.last`, but resolves with undefined as soon as the signal is aborted.
   * @param timeout for how many milliseconds to repeat a search that failed because a server is away
   */
  last(command: CommandName, signal: AbortSignal, timeout: number): Promise<FoundOutcome | undefined>;
  /** Rejects the promises of commands that still wait. `close` itself never rejects. */
  close(): Promise<void>;
};

export type OutcomesDeps = {
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
  readonly processorGroupId: string;
  readonly logger: WarningLogger;
};

export const createOutcomes = (deps: OutcomesDeps): Outcomes => {
  const { client, registry, schemas, topicPrefix, processorGroupId, logger } = deps;
  const names = topicNames(topicPrefix);
  const topics = ['run.closed', 'run.close.rejected', 'run.close.requested'] as const;
  const ownSchemas = createSchemaIds({ registry, schemas, topicPrefix, topics });
  const decoders = createRecordDecoders({ registry, schemas, ownSchemas });
  const reader = createPartitionReader(client);
  const offsets = createGroupOffsets(client, processorGroupId);
  const closing = new AbortController();
  const pacer = createPacer(closing.signal);
  const past = createPastOutcomes({ reader, names, decoders });
  const watch = createOutcomeWatch({
    reader,
    offsets,
    groupId: processorGroupId,
    decoders,
    names,
    pacer,
    onRefused: (failure) => {
      logger.warn(
        { groupId: processorGroupId, code: failure.code, err: failure },
        `this publisher cannot recognise duplicates, so waiting for one ends in a timeout: ${failure.message}`,
      );
    },
  });
  return {
    watch,
    last: (command, signal, timeout) =>
      searchPatiently(() => past.last(command, signal), { pacer, signal, timeout }),
    close: async () => {
      watch.close();
      closing.abort();
      await Promise.all([reader.close(), offsets.close()]);
    },
  };
};
