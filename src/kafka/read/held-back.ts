import type { Cluster } from '../patches/kafkajs-internals.ts';
import { fetchStableOffsets, keyOf, type PartitionBounds } from '../topics/partition-offsets.ts';
import { fetchOpenTransactions, type OpenTransaction } from './open-transactions.ts';

/** Records that read-committed consumers cannot see yet, because an earlier transaction is still open. */
export type HeldBack = {
  readonly records: number;
  /** The offset of the first record held back. */
  readonly from: number;
  /** The open transactions, oldest first. Empty if the brokers do not report them. */
  readonly transactions: readonly OpenTransaction[];
};

/**
 * By partition (`keyOf`). Leaves out partitions in which nothing is held back.
 *
 * @param bounds have ends that were asked for after the stable offsets: records that came in between look held back, so this asks again
 */
export const fetchHeldBack = async (
  cluster: Cluster,
  bounds: readonly PartitionBounds[],
): Promise<ReadonlyMap<string, HeldBack>> => {
  const suspected = bounds.filter(isHeldBack);
  if (suspected.length === 0) return new Map();
  const stableNow = await fetchStableOffsets(cluster, suspected);
  const held = suspected
    .map((partition) => ({ ...partition, stable: stableNow.get(keyOf(partition)) ?? partition.stable }))
    .filter(isHeldBack);
  const open = await fetchOpenTransactions(cluster, held);
  return new Map(
    held.map((partition) => {
      const records = partition.high - partition.stable;
      return [
        keyOf(partition),
        { records, from: partition.stable, transactions: open.get(keyOf(partition)) ?? [] },
      ];
    }),
  );
};

const isHeldBack = ({ stable, high }: PartitionBounds): boolean => stable < high;

/**
 * Says what holds the partition back, and what ends that. The text stays the same while more records arrive, so that a log line and a later
 * look agree.
 */
export const heldBackText = (where: string, held: HeldBack): string =>
  `${where} is held back from offset ${String(held.from)} on by ${describeHolder(held)}: ` +
  "the producer must commit or abort the transaction; otherwise the broker aborts it after the producer's timeout";

/** The oldest transaction, and its producer. */
export const describeHolder = ({ transactions: [oldest] }: HeldBack): string => {
  if (oldest === undefined) return 'an open transaction (the brokers do not report its producer)';
  const { transactionalId, producerId, since } = oldest;
  const producer = `producer id ${String(producerId)}`;
  const holder = transactionalId === null ? producer : `transactional id ${transactionalId}, ${producer}`;
  const open = since === null ? '' : `, open since ${new Date(since).toISOString()}`;
  return `an open transaction (${holder}${open})`;
};
