/** Where Java's and kafkajs's default partitioner puts a key. */
export const partitionOf = (key: Buffer, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;

/** Where a record goes that cannot stay in the partition that it stood in. */
export const partitionByKey = (key: Buffer | null, partition: number, partitions: number): number =>
  key === null ? partition % partitions : partitionOf(key, partitions);

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** In 32-bit arithmetic: kafkajs computes it in BigInts, at forty times the cost. */
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
