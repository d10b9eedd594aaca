/**
 * Codecs that decompress record batches up to a limit. They throw an `Error` for a malformed batch, and for a batch larger than any topic
 * reasonably holds. kafkajs's own gzip has no limit, and kafkajs has no other codec. This program writes only gzip.
 */
import { promisify } from 'node:util';
import { gunzip, gzip, type ZlibOptions } from 'node:zlib';
import { CompressionCodecs, CompressionTypes } from '../patches/kafkajs.ts';
import { MAX_BATCH_BYTES } from './decompressed-limit.ts';
import { unlz4 } from './unlz4.ts';
import { unsnappy } from './unsnappy.ts';
import { unzstd } from './unzstd.ts';

const compressWithGzip = promisify<Buffer, Buffer>(gzip);
const decompressWithGzip = promisify<Buffer, ZlibOptions, Buffer>(gunzip);

/** With zlib's default, the output comes in pieces of 16 KB, and each piece goes through the thread pool. */
const CHUNK_BYTES = 256 * 1024;

/** May be called more than once. */
export const registerCodecs = (): void => {
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => compressWithGzip(buffer),
    decompress: (compressed: Buffer) =>
      decompressWithGzip(compressed, { maxOutputLength: MAX_BATCH_BYTES, chunkSize: CHUNK_BYTES }),
  });
  CompressionCodecs[CompressionTypes.Snappy] = readOnly('snappy', unsnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('lz4', unlz4);
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly('zstd', unzstd);
};

type Decompress = (compressed: Buffer, mostBytes: number) => Buffer | Promise<Buffer>;

const readOnly = (name: string, decompress: Decompress) => () => ({
  compress: () => Promise.reject(new Error(`records are never written with ${name}`)),
  decompress: (compressed: Buffer) => Promise.resolve().then(() => decompress(compressed, MAX_BATCH_BYTES)),
});
