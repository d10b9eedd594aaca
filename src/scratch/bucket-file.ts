/**
 * Stores texts by key, in buckets by the key's hash. The newest entries of a bucket are in memory, in buffers of a fixed size outside the
 * heap. Older entries are in blocks of a file that only grows; each block names the block before it. Measured: as strings, the newest
 * entries took four times the memory, and a third of the garbage collector's time.
 *
 * Reads and writes are synchronous: the data is nearly always in the page cache, where an asynchronous read takes ten times as long. All
 * functions throw the errors of the file system.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { MAX_BYTES_PER_UNIT } from '../wire/text-bytes.ts';
import { hash } from './bloom-filter.ts';

/** Keys must not contain line feeds or tabs; values must not contain line feeds. */
export type BucketFile = {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  /** Everything that is not in the file. To go back to an earlier state, restore this memory: later blocks are then overwritten. */
  readonly memory: readonly Uint8Array[];
  /** Whether the file holds every block that the memory refers to. */
  isWhole(): boolean;
  sync(): void;
  close(): void;
};

const BUCKETS = 4096;
const BLOCK_BYTES = 4096;
/** The number of the previous block, and how many bytes of this block are used. */
const HEADER_BYTES = 6;
const NONE = -1;

export const openBucketFile = (path: string): BucketFile => {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  const recent = Buffer.alloc(BUCKETS * BLOCK_BYTES);
  const used = new Uint16Array(BUCKETS).fill(HEADER_BYTES);
  const last = new Int32Array(BUCKETS).fill(NONE);
  const block = Buffer.alloc(BLOCK_BYTES);
  const count = new Int32Array(1);

  const append = (bucket: number): void => {
    const start = bucket * BLOCK_BYTES;
    recent.writeInt32LE(last[bucket] as number, start);
    recent.writeUInt16LE(used[bucket] as number, start + 4);
    const next = count[0] as number;
    const written = writeSync(file, recent, start, BLOCK_BYTES, next * BLOCK_BYTES);
    if (written < BLOCK_BYTES) throw new Error(`only ${String(written)} bytes could be written`);
    last[bucket] = next;
    used[bucket] = HEADER_BYTES;
    count[0] = next + 1;
  };

  return {
    get: (key) => {
      const bucket = bucketOf(key);
      const start = bucket * BLOCK_BYTES;
      const known = valueIn(recent.subarray(start + HEADER_BYTES, start + (used[bucket] as number)), key);
      if (known !== undefined) return known;
      for (let at = last[bucket] as number; at !== NONE; at = block.readInt32LE(0)) {
        readSync(file, block, 0, BLOCK_BYTES, at * BLOCK_BYTES);
        const found = valueIn(block.subarray(HEADER_BYTES, block.readUInt16LE(4)), key);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    put: (key, value) => {
      const bucket = bucketOf(key);
      const text = `\n${key}\t${value}\n`;
      const fits = (bytes: number): boolean => (used[bucket] as number) + bytes <= BLOCK_BYTES;
      if (!fits(MAX_BYTES_PER_UNIT * text.length) && !fits(Buffer.byteLength(text))) append(bucket);
      const at = used[bucket] as number;
      used[bucket] = at + recent.write(text, bucket * BLOCK_BYTES + at);
    },
    memory: [recent, bytesOf(used), bytesOf(last), bytesOf(count)],
    isWhole: () => fstatSync(file).size >= (count[0] as number) * BLOCK_BYTES,
    sync: () => {
      fsyncSync(file);
    },
    close: () => {
      closeSync(file);
    },
  };
};

const bytesOf = ({ buffer }: Uint16Array | Int32Array): Uint8Array => new Uint8Array(buffer);

const bucketOf = (key: string): number => hash(key, 0x2545f491) % BUCKETS;

const valueIn = (entries: Buffer, key: string): string | undefined => {
  const line = `\n${key}\t`;
  const at = entries.indexOf(line);
  if (at < 0) return undefined;
  const start = at + Buffer.byteLength(line);
  return entries.toString('utf8', start, entries.indexOf('\n', start));
};
