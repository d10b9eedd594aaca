/** Sends each dead letter that can now be decoded back to the input topic, at most once. */
import { noteInterruptedCopies } from '../copies/note-interruption.ts';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import { count } from '../../domain/words/count.ts';
import {
  isAt,
  noSuchDeadLetter,
  openDeadLetters,
  type DeadLetters,
  type DeadLetterPlace,
  type DeadLetterRange,
} from '../dead-letters/dead-letters.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { redriveDeadLetters, type DeadLetterFilter, type RedrivenPartition } from './redrive-dead-letters.ts';
import { createVerdictCounts, type VerdictCounts } from './verdict-counts.ts';

export type RedriveRequest = DeadLetterFilter & DeadLetterRange;

export type Redriven = ReturnType<VerdictCounts['result']> & {
  /** The topic of the dead letters. */
  readonly topic: string;
  readonly sentTo: string;
  /** How many of the requested dead letters were not sent. */
  readonly unsent: number;
  readonly partitions: readonly RedrivenPartition[];
};

/** Undefined if it was interrupted; a note then says how many dead letters were sent. */
export const redrive = async (
  work: Work,
  { from, to, at, ...options }: RedriveRequest,
): Promise<Redriven | undefined> => {
  const { interrupted } = work;
  const config = work.settings('kafka', 'registry');
  const deadLetters = await openDeadLetters(work, config, { from, to, at });
  if (at !== undefined) await requireDeadLetter(deadLetters, at);
  const registry = await openRegistry(work, config);
  const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
  const { decode } = createRecordCodec({ ...registry, schemaIds });
  const progress = work.progress(options.mode === 'dry' ? 'reading' : 'sending', deadLetters.total);
  const counts = createVerdictCounts();
  let judged = 0;
  let copied = 0;
  if (options.mode === 'send') noteInterruptedCopies(work, () => count(copied, 'dead letter'));
  const partitions = await redriveDeadLetters(
    {
      ...deadLetters,
      groupId: config.kafka.groupId,
      decode,
      interrupted,
      onClose: work.onClose,
      onVerdict: (letter, verdict) => {
        counts.add(letter, verdict);
        judged += 1;
        progress.set(judged);
      },
      onCopied: (records) => {
        copied += records;
      },
    },
    { ...options, ranges: deadLetters.ranges },
  );
  progress.stop();
  if (interrupted.aborted) return undefined;
  const { topic, names } = deadLetters;
  return { topic, sentTo: names.requested, ...counts.result(), unsent: counts.unsent(), partitions };
};

/** Rejects if there is no such dead letter. Without this check, the report would say that nothing was left to send. */
const requireDeadLetter = async ({ letters, topic }: DeadLetters, place: DeadLetterPlace): Promise<void> => {
  for await (const { record } of letters) if (isAt(record, place)) return;
  throw noSuchDeadLetter(place, topic);
};
