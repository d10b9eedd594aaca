import type { RecordDecoders } from '../avro/record-decoders.ts';
import {
  readOutcome,
  outcomeTopics,
  sourceOfOutcome,
  type CommandOutcome,
} from '../kafka/outcomes/outcome.ts';
import { watchClosed } from '../kafka/outcomes/outcome-watch.ts';
import { createPastOutcomes } from '../kafka/outcomes/past-outcomes.ts';
import type { TopicNames } from '../kafka/names/topic-names.ts';
import type { Outcomes } from '../sdk/outcomes.ts';
import type { MemoryLog } from './memory-log.ts';
import type { MemoryProcessor } from './memory-processor.ts';

export type MemoryOutcomesDeps = {
  readonly log: MemoryLog;
  readonly names: TopicNames;
  readonly decoders: RecordDecoders;
  readonly processor: Pick<MemoryProcessor, 'passed'>;
};

/** Finds outcomes as the real publisher does: by the positions that events and dead letters name. */
export const createMemoryOutcomes = ({ log, names, decoders, processor }: MemoryOutcomesDeps): Outcomes => {
  const past = createPastOutcomes({ reader: log.reader, names, decoders });
  const closing = new AbortController();

  return {
    last: (command, signal) => past.last(command, signal),
    watch: {
      begin: async () => {
        log.expectKafka(`counting the partitions of ${outcomeTopics(names).join(', ')}`);
        return new Map<string, number>();
      },
      outcomeOf: async (command, _, signal) => {
        await processor.passed(command, AbortSignal.any([signal, closing.signal]));
        if (closing.signal.aborted) throw watchClosed();
        if (signal.aborted) return undefined;
        const { partition, offset } = command;
        const record = outcomeTopics(names)
          .flatMap((topic) => log.records({ topic, partition }))
          .find((it) => {
            const source = sourceOfOutcome(it, names);
            return source?.partition === partition && source.offset === offset;
          });
        if (record !== undefined) return readOutcome(record, names, decoders);
        const found: CommandOutcome[] = [];
        await past.firsts([command], signal, (__, outcome) => found.push(outcome));
        return found[0] ?? { outcome: 'duplicate', first: undefined };
      },
      trouble: () => log.trouble('reading the outcomes'),
      close: () => {
        closing.abort();
      },
    },
    close: async () => {
      closing.abort();
    },
  };
};
