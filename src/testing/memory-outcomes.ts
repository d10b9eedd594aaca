import type { RecordDecoders } from '../avro/record-decoders.ts';
import {
  readOutcome,
  outcomeTopics,
  sourceOfOutcome,
  type CommandOutcome,
} from '../kafka/outcomes/outcome.ts';
import { watchClosed } from '../kafka/outcomes/outcome-watch.ts';
import { createPastOutcomes } from '../kafka/outcomes/past-outcomes.ts';
import { placeOf } from '../kafka/outcomes/waiting-commands.ts';
import type { TopicNames } from '../kafka/names/topic-names.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
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
  /** The outcomes since this publisher was made, by the position of their command. Retention comes too late to take them away. */
  const outcomes = new Map<string, LogRecord>();
  const topics = new Set(outcomeTopics(names));
  log.onAppend((record) => {
    const source = topics.has(record.topic) ? sourceOfOutcome(record, names) : null;
    if (source !== null && !outcomes.has(placeOf(source))) outcomes.set(placeOf(source), record);
  });

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
        const record = outcomes.get(placeOf(command));
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
