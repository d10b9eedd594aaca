/** Sends dead letters that can now be decoded to the input topic again, each once. */
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
  readonly topic: string;
  readonly to: string;
  /** How many of the requested dead letters were not sent. */
  readonly unsent: number;
  readonly partitions: readonly RedrivenPartition[];
};

/** Undefined if it was interrupted. */
export const redrive = async (
  work: Work,
  { from, to, at, ...filter }: RedriveRequest,
): Promise<Redriven | undefined> => {
  const { interrupted } = work;
  const config = work.settings('kafka', 'registry');
  const letters = await openDeadLetters(work, config, { from, to, at });
  if (at !== undefined) await requireDeadLetter(letters, at);
  const registry = await openRegistry(work, config);
  const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
  const { decode } = createRecordCodec({ ...registry, schemaIds });
  const progress = work.progress(filter.mode === 'dry' ? 'reading' : 'sending', letters.total);
  const counts = createVerdictCounts();
  let [judged, copied] = [0, 0];
  if (filter.mode === 'send') noteInterruptedCopies(work, () => count(copied, 'dead letter'));
  const partitions = await redriveDeadLetters(
    {
      ...letters,
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
    { ...filter, ranges: letters.ranges },
  );
  progress.stop();
  if (interrupted.aborted) return undefined;
  const { topic, names } = letters;
  return { topic, to: names.requested, ...counts.result(), unsent: counts.unsent(), partitions };
};

/** Rejects if there is no such dead letter: otherwise the report would read as if it had been sent before. */
const requireDeadLetter = async ({ letters, topic }: DeadLetters, place: DeadLetterPlace): Promise<void> => {
  for await (const { record } of letters) if (isAt(record, place)) return;
  throw noSuchDeadLetter(place, topic);
};
