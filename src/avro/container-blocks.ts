/**
 * Reads an Avro object container file block by block. avsc's own reader loops on damaged files (see bounds-check.ts), and takes a file that
 * was cut off for a complete one. It also hands over each value through a stream, and cannot skip a value without decoding it: with avsc's
 * reader, verification took half as long again.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw, type ZlibOptions } from 'node:zlib';
import { parseType } from './avro-type.ts';
import { MAX_LONG_BYTES, readLong, type Cursor } from './long.ts';

/** `count` values, one after another. */
export type ContainerBlock = { readonly count: number; readonly values: Buffer };

export type Container = {
  readonly metadata: Metadata;
  /** Throws an `Error` that says what is wrong with the file. */
  blocks(): AsyncIterable<ContainerBlock>;
  close(): Promise<void>;
};

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const SYNC_BYTES = 16;
const CHUNK_BYTES = 1024 * 1024;
/** A bit more than a block of `replay export`. By default, zlib inflates pieces of 16 KB, each in a task of the thread pool. */
const INFLATED_BYTES = 320 * 1024;
/**
 * `replay export` ends a block with the entry that makes the block larger than 256 KiB. The largest entry is a record of one batch (64 MiB
 * at most), or a record of 31 MiB beside its dead letter. Without this limit, a file of 1.5 MB took 3.1 GB of memory.
 */
const MAX_BYTES = 65 * 1024 * 1024;
/** Twice as many as the smallest entries, of eight bytes each, in a block that `replay export` writes. */
const MAX_VALUES = 64 * 1024;

const META = parseType(JSON.stringify({ type: 'map', values: 'bytes' }));
type Metadata = Readonly<Record<string, Buffer>>;
const inflate = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

export const openContainer = async (path: string): Promise<Container> => {
  const file = await open(path);
  try {
    const input = createInput(file);
    await requireMagic(input);
    const metadata = await readMetadata(input);
    const codec = metadata['avro.codec']?.toString() ?? 'null';
    if (codec !== 'deflate' && codec !== 'null')
      throw new Error(`it is compressed with ${codec}, not deflate`);
    const sync = Buffer.from(await input.take(SYNC_BYTES));
    return {
      metadata,
      async *blocks() {
        while (!(await input.isAtEnd())) {
          const count = await input.long();
          const bytes = await input.long();
          if (count < 0 || bytes < 0) throw new Error('a block is damaged');
          if (count > MAX_VALUES || bytes > MAX_BYTES) throw tooLarge();
          const data = await input.take(bytes);
          const values = codec === 'null' ? Buffer.from(data) : await inflated(data);
          if (!(await input.take(SYNC_BYTES)).equals(sync)) throw new Error('a block is damaged');
          yield { count, values };
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};

const requireMagic = async (input: Input): Promise<void> => {
  const first = await input.peek(MAGIC.length);
  if (first.length === 0) throw new Error('it is empty');
  if (!first.equals(MAGIC.subarray(0, first.length))) throw new Error('it is not an Avro container file');
  await input.take(MAGIC.length);
};

const inflated = async (data: Buffer): Promise<Buffer> => {
  try {
    return await inflate(data, { chunkSize: INFLATED_BYTES, maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : error;
  }
};

const tooLarge = (): Error => new Error('a block is larger than `runclose replay export` ever writes');

type Input = {
  /** Returns a view that is valid until the next call. */
  take(length: number): Promise<Buffer>;
  long(): Promise<number>;
  /** Returns the next bytes without taking them: fewer than `length` only at the end of the file. */
  peek(length: number): Promise<Buffer>;
  isAtEnd(): Promise<boolean>;
};

const createInput = (file: FileHandle): Input => {
  let buffered: Buffer = Buffer.alloc(0);
  const peek = async (length: number): Promise<Buffer> => {
    while (buffered.length < length) {
      const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, length - buffered.length));
      const { bytesRead } = await file.read(chunk);
      if (bytesRead === 0) break;
      buffered = Buffer.concat([buffered, chunk.subarray(0, bytesRead)]);
    }
    return buffered.subarray(0, length);
  };
  const take = async (length: number): Promise<Buffer> => {
    const taken = await peek(length);
    if (taken.length < length) throw new Error('it was cut off');
    buffered = buffered.subarray(length);
    return taken;
  };
  return {
    take,
    peek,
    long: async () => {
      const cursor: Cursor = { buf: await peek(MAX_LONG_BYTES), pos: 0 };
      const value = readLong(cursor);
      await take(cursor.pos);
      return value;
    },
    isAtEnd: async () => (await peek(1)).length === 0,
  };
};

/** The metadata are a schema and some facts. */
const MAX_METADATA_BYTES = 1024 * 1024;

const readMetadata = async (input: Input): Promise<Metadata> => {
  const decoded = META.decode(await input.peek(MAX_METADATA_BYTES), 0);
  const { offset } = decoded;
  const value = decoded.value as Metadata | undefined;
  if (offset < 0 || value === undefined) throw new Error('its header is damaged');
  const copies = Object.entries(value).map(([name, bytes]) => [name, Buffer.from(bytes)] as const);
  await input.take(offset);
  return Object.fromEntries(copies);
};
