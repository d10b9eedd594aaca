import type { RunCloseRequested } from '../domain/records.ts';

/** The fields in which two commands with one id can differ, in schema order. The orders come after these fields. */
const MARKED = [
  'runId',
  'channelName',
  'initiatorUserId',
  'actorUserId',
  'allowConsecutiveRunner',
  'pickupTime',
  'pickupNote',
] as const satisfies readonly (keyof RunCloseRequested)[];

export type ContentField = (typeof MARKED)[number] | 'orders';

const HASH_BYTES = 32;
const MARK_BYTES = 2;
const MARKS_FROM = HASH_BYTES - MARKED.length * MARK_BYTES;

/**
 * Replaces the last bytes of a SHA-256 with one mark per field. Only hashes are stored, and the marks let the rejection of a reused command
 * id name the field that differs. The remaining 144 bits of SHA-256 tell contents apart; the marks need no extra bytes.
 */
export const withMarks = (hash: Buffer, command: RunCloseRequested): Buffer => {
  let at = MARKS_FROM;
  for (const field of MARKED) at = hash.writeUInt16BE(markOf(String(command[field] ?? null)), at);
  return hash;
};

/**
 * The first field in which two contents differ. Two values of a field have the same mark with a probability of 1 in 65,536; this function
 * then takes that field for equal.
 */
export const firstDifference = (one: Buffer, other: Buffer): ContentField => {
  const index = MARKED.findIndex((_, at) => !markAt(one, at).equals(markAt(other, at)));
  return MARKED[index] ?? 'orders';
};

const markAt = (hash: Buffer, index: number): Buffer => {
  const from = MARKS_FROM + index * MARK_BYTES;
  return hash.subarray(from, from + MARK_BYTES);
};

/** FNV-1a over UTF-16 units, folded to 16 bits. */
const markOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
};
