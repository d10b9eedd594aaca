const MASK = (1n << 64n) - 1n;

/** The lot by its definition, on BigInt. */
export const referenceLot = (runId: string, userId: string): bigint => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(`${runId}\0${userId}`, 'utf8')) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  }
  hash ^= hash >> 33n;
  hash = (hash * 0xff51afd7ed558ccdn) & MASK;
  hash ^= hash >> 33n;
  hash = (hash * 0xc4ceb9fe1a85ec53n) & MASK;
  return hash ^ (hash >> 33n);
};
