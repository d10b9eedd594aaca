/**
 * kafkajs reads gzip only; one record compressed otherwise would end the consumer. Records are written uncompressed here, so these
 * codecs only read.
 */
import { decompress as unzstd } from 'fzstd';
import type * as lz4 from 'lz4-napi';
import { uncompress as unsnappyRaw } from 'snappyjs';
import { CompressionCodecs, CompressionTypes } from './kafkajs.ts';
import { packageRequire } from './package-require.ts';

/** Safe to call again. */
export const registerCodecs = (): void => {
  CompressionCodecs[CompressionTypes.Snappy] = readOnly('snappy', unsnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('lz4', unlz4);
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly('zstd', (compressed) =>
    Buffer.from(unzstd(compressed)),
  );
};

let decompressFrame: typeof lz4.decompressFrame | undefined;

/** Native code, which bundlers cannot take in: loaded with the first record that needs it. */
const unlz4 = (compressed: Buffer): Promise<Buffer> =>
  (decompressFrame ??= (packageRequire()('lz4-napi') as typeof lz4).decompressFrame)(compressed);

const readOnly = (name: string, decompress: (compressed: Buffer) => Buffer | Promise<Buffer>) => () => ({
  compress: () => Promise.reject(new Error(`records are never written with ${name}`)),
  decompress: async (compressed: Buffer) => decompress(compressed),
});

/** Java frames snappy its own way: magic, two versions, then blocks of a length and that many bytes. librdkafka does not. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

const unsnappy = (compressed: Buffer): Buffer => {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return unsnappyRaw(compressed);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < compressed.length;) {
    const length = compressed.readUInt32BE(at);
    blocks.push(unsnappyRaw(compressed.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
};
