/** The partition that the default partitioner of Java and kafkajs chooses for a key. */
export const partitionOf = (key: Buffer, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;

/**
 * The partition for a record that cannot keep its partition, or has none yet: by its key; without a key, by `partition`.
 * @param partitions the number of partitions of the target topic
 */
export const partitionByKey = (
  key: Buffer | null,
  { partition, partitions }: { readonly partition: number; readonly partitions: number },
): number => (key === null ? partition % partitions : partitionOf(key, partitions));

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Uses 32-bit arithmetic: kafkajs uses BigInt, which takes forty times as long. */
const murmur2 = (data: Buffer): number => {
  let hash = SEED ^ data.length;
  const whole = data.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(data.readInt32LE(at), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  if (whole < data.length) {
    for (let at = data.length - 1; at >= whole; at--) hash ^= data.readUInt8(at) << ((at - whole) * 8);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
};
