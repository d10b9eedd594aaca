/**
 * The one way in which records are copied from a partition into another topic: in Kafka transactions of some thousand records, each
 * with the progress of a group in the partition that is copied from. The transactional id stands for partition and target, so two
 * copiers of the same fence each other; whoever opens a lane looks at what the target holds afterwards, and nothing comes twice.
 *
 * While one transaction is under way the next one is gathered. After a failure a lane refuses everything; what was committed stays,
 * and a new lane finds it.
 */
import { count } from '../domain/words/count.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import { chunksOf, isOversize } from './chunks.ts';
import type { KafkaClient } from './client.ts';
import { compressed, type OutputRequest } from './compression/requests.ts';
import { fenceProducer } from './disposable-producer.ts';
import { asMessageHeaders, type AnyHeaders } from './headers.ts';
import type { TopicPartition } from './log-record.ts';

/** A record for the target. */
export type Copy = {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: AnyHeaders;
};

export type CopyLane = {
  /** Hands over a copy. Waits while two transactions' worth of them are under way. */
  take(copy: Copy): Promise<void>;
  /** Commits everything that was handed over, and lets go. */
  finish(): Promise<void>;
  /** Lets go when the transaction under way has ended; what is only gathered is dropped. Never rejects. */
  stop(): Promise<void>;
};

export type CopyLaneDeps = {
  readonly client: Pick<KafkaClient, 'producer'>;
  readonly target: string;
  /** What is copied from. */
  readonly source: TopicPartition;
  readonly transactionalId: string;
  /** The group, and what it has finished by the moment of a commit; without it, only the target tells how far it is. */
  readonly progress?: { readonly groupId: string; readonly finished: () => number };
  /** Told after each commit. */
  readonly onCopied: (records: number) => void;
};

/** Well within the time budget of one transaction. */
const MOST_RECORDS = 4_000;
const MOST_BYTES = 2 * 1024 * 1024;

export const openCopyLane = async (deps: CopyLaneDeps): Promise<CopyLane> => {
  const { client, target, source, transactionalId, progress, onCopied } = deps;
  const of = `${source.topic}/${String(source.partition)}`;
  const producer = await fenceProducer(client, { transactionalId, of });
  let gathered: Copy[] = [];
  let bytes = 0;
  let committed: number | null = null;
  let underWay: Promise<void> = Promise.resolve();
  let stopped = false;

  const transact = async (copies: readonly Copy[]): Promise<void> => {
    const finished = progress?.finished();
    const doing = `copying ${count(copies.length, 'record')} of ${of} to ${target}`;
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
    await underWay;
    if (stopped) throw new Failure('transient', 'COPYING_STOPPED', `copying ${of} to ${target} was stopped`);
    const copies = gathered;
    gathered = [];
    bytes = 0;
    underWay = transact(copies);
    // Whoever comes next is told.
    underWay.catch(() => undefined);
  };

  return {
    take: async (copy) => {
      gathered.push(copy);
      bytes += (copy.key?.length ?? 0) + (copy.value?.length ?? 0);
      if (gathered.length >= MOST_RECORDS || bytes >= MOST_BYTES) await send();
    },
    finish: async () => {
      await underWay;
      if (gathered.length > 0 || (progress !== undefined && progress.finished() !== committed)) await send();
      await underWay;
      await producer.dispose();
    },
    stop: async () => {
      stopped = true;
      await underWay.catch(() => undefined);
      await producer.dispose();
    },
  };
};

const takenOver = (doing: string, cause: unknown): Failure =>
  new Failure(
    'fenced',
    'COPYING_TAKEN_OVER',
    `${doing}: another run does the same by now, so this one ends`,
    {
      cause,
    },
  );

/** In order within each partition of the target. */
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
      yield isOversize(chunk) ? compressed({ topic, messages }) : { topic, messages };
    }
  }
}
