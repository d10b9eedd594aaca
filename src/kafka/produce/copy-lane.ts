/**
 * Copies records from one partition into another topic. Each Kafka transaction holds up to some thousand records and commits a group's
 * progress in the source partition. The transactional id names source partition and target, so two copiers of the same records fence each
 * other. A caller that opens a lane must look at the copies in the target only afterwards; then nothing is copied twice.
 *
 * While one transaction is in flight, the lane gathers the next one. After a failure, the lane refuses everything. Committed copies stay,
 * and the next run finds them in the target.
 */
import { count } from '../../domain/words/count.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import type { KafkaClient } from '../client/client.ts';
import { withCompression, type OutputRequest } from '../compression/requests.ts';
import { asMessageHeaders, type AnyHeaders } from '../records/headers.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { chunksOf, isOversize } from './chunks.ts';
import { fenceProducer } from './disposable-producer.ts';

/** A record for the target. */
export type Copy = {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: AnyHeaders;
};

export type CopyLane = {
  /** Hands over a copy. Waits while one transaction is in flight and the next one is full. */
  take(copy: Copy): Promise<void>;
  /** Commits all copies that were handed over, and disposes of the producer. */
  finish(): Promise<void>;
  /** Waits for the transaction in flight, drops copies that were only gathered, and disposes of the producer. Never rejects. */
  stop(): Promise<void>;
};

export type CopyLaneDeps = {
  readonly client: Pick<KafkaClient, 'producer'>;
  readonly target: string;
  /** The partition that is copied from. */
  readonly source: TopicPartition;
  readonly transactionalId: string;
  /** The group that commits the progress, and how far it is at a commit. Without a group, only the target shows the progress. */
  readonly progress?: { readonly groupId: string; readonly finished: () => number };
  /** Called after each commit. */
  readonly onCopied: (records: number) => void;
};

/** Far below the time budget of one transaction. */
const MAX_RECORDS = 4_000;
const MAX_BYTES = 2 * 1024 * 1024;

export const openCopyLane = async (deps: CopyLaneDeps): Promise<CopyLane> => {
  const { client, target, source, transactionalId, progress, onCopied } = deps;
  const partitionName = `${source.topic}/${String(source.partition)}`;
  const producer = await fenceProducer(client, { transactionalId, of: partitionName });
  let gathered: Copy[] = [];
  let bytes = 0;
  let committed: number | null = null;
  let inFlight: Promise<void> = Promise.resolve();
  let stopped = false;

  const transact = async (copies: readonly Copy[]): Promise<void> => {
    const finished = progress?.finished();
    const doing = `copying ${count(copies.length, 'record')} of ${partitionName} to ${target}`;
    const reached =
      progress === undefined || finished === undefined
        ? null
        : { ...source, groupId: progress.groupId, offset: finished };
    await producer.transact(doing, requestsFor(target, copies), reached).catch((error: unknown) => {
      throw failureOf(error).kind === 'fenced' ? takenOver(doing, error) : error;
    });
    committed = finished ?? null;
    onCopied(copies.length);
  };

  const send = async (): Promise<void> => {
    await inFlight;
    if (stopped)
      throw new Failure('transient', 'COPYING_STOPPED', `copying ${partitionName} to ${target} was stopped`);
    const copies = gathered;
    gathered = [];
    bytes = 0;
    inFlight = transact(copies);
    // The next call awaits this promise and gets the error.
    inFlight.catch(() => undefined);
  };

  return {
    take: async (copy) => {
      gathered.push(copy);
      bytes += (copy.key?.length ?? 0) + (copy.value?.length ?? 0);
      if (gathered.length >= MAX_RECORDS || bytes >= MAX_BYTES) await send();
    },
    finish: async () => {
      await inFlight;
      if (gathered.length > 0 || (progress !== undefined && progress.finished() !== committed)) await send();
      await inFlight;
      await producer.dispose();
    },
    stop: async () => {
      stopped = true;
      await inFlight.catch(() => undefined);
      await producer.dispose();
    },
  };
};

const takenOver = (doing: string, cause: unknown): Failure =>
  new Failure(
    'fenced',
    'COPYING_TAKEN_OVER',
    `${doing}: another run of the same command has taken over, so this run ends`,
    {
      cause,
    },
  );

/** Keeps the order within each partition of the target. */
function* requestsFor(topic: string, copies: readonly Copy[]): Generator<OutputRequest, void, undefined> {
  const partitions = new Map<number, Copy[]>();
  for (const copy of copies) {
    const ofPartition = partitions.get(copy.partition) ?? [];
    partitions.set(copy.partition, ofPartition);
    ofPartition.push(copy);
  }
  for (const ofPartition of partitions.values()) {
    for (const chunk of chunksOf(ofPartition)) {
      const messages = chunk.map((copy) => ({ ...copy, headers: asMessageHeaders(copy.headers) }));
      const request = { topicMessages: [{ topic, messages }] };
      yield isOversize(chunk) ? withCompression(request) : request;
    }
  }
}
