import { brotliDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import { registerCodecs } from '../../../../src/kafka/compression/codecs.ts';
import { unlz4 } from '../../../../src/kafka/compression/unlz4.ts';
import { unsnappy } from '../../../../src/kafka/compression/unsnappy.ts';
import { unzstd } from '../../../../src/kafka/compression/unzstd.ts';
import { CompressionCodecs, CompressionTypes } from '../../../../src/kafka/patches/kafkajs.ts';
import { bomb, claims } from '../../../support/bombs.ts';

type Codec = { decompress(compressed: Buffer): Promise<Buffer> };

const TEXT = 'coffee for Ana, coffee for Ben, tea for Ana; '.repeat(6) + 'done';
/** As snappy, lz4-napi and the command lines of lz4 and zstd write it. */
const WRITTEN = {
  snappy: ['kgI8Y29mZmVlIGZvciBBbmEsIB0QHEJlbiwgdGVhER0AOy4dAARBbv4tAP4tAP4tAE4tAAxkb25l'],
  lz4: [
    'BCJNGGBAgi4AAAD3AWNvZmZlZSBmb3IgQW5hLCAQAIRCZW4sIHRlYR0AGDsdAA8tAMFgOyBkb25lAAAAAA==',
    'BCJNGGRApysAAAD3AWNvZmZlZSBmb3IgQW5hLCAQAIRCZW4sIHRlYR0ALzsgLQDNUCBkb25lAAAAAK6hlD0=',
  ],
  zstd: [
    'KLUv/QRYXQEA6GNvZmZlZSBmb3IgQW5hLCBCZW4sIHRlYTtkb25lBABTqCgA/AJFuDHmEg1IvNI=',
    'KLUv/QSITQEA4sEGDNA91Vybfa6RcCCrBcc0B30N+DEQijXP/11WAwBeqCgGinBjzCUNSLzS',
  ],
};
/** As Node 24 writes 600 lines with zstd and a flush behind each, so that each has a block of its own. Packed with Brotli. */
const FLUSHED = brotliDecompressSync(
  Buffer.from(
    'G9weACwK7MZotdfQN1tCUuMdvW94ULjtKI3EfyRCae6zwTkNbpqTyRhNtxfAHtshqJ0BTP0mO0LdPfuwyILgebvpbXd/zUN6lsqt' +
      'eVZcQkmkIQZoJ21PPpHbboggfLaY1hS89zfbgq+kXMfzU/Pbv8ZxHzeHvkUO6sz431cwrrl5EIxEoTGx5Tg7xFxPsdw/CIIgCIJC' +
      'jX07ME7kIjd5khd5kw/vKvf7gGhPOBEEQRAEiVRAkSFKTnKRmzzJi7zJh3X1DjnxmV+YJDaS2FhOk/YC',
    'base64',
  ),
);
const MIB = 1024 * 1024;

describe('A codec', () => {
  before(registerCodecs);
  const types = {
    gzip: CompressionTypes.GZIP,
    snappy: CompressionTypes.Snappy,
    lz4: CompressionTypes.LZ4,
    zstd: CompressionTypes.ZSTD,
  };
  const codecOf = (name: keyof typeof types): Codec =>
    (CompressionCodecs as unknown as Record<number, () => Codec>)[types[name]]!();
  const refusalOf = async (name: keyof typeof types, compressed: Buffer): Promise<string> =>
    codecOf(name)
      .decompress(compressed)
      .then(
        ({ length }) => `${String(length)} bytes`,
        (error: unknown) => (error instanceof Error ? 'refused' : 'threw something else'),
      );
  /** How much memory outside the heap a piece of work leaves behind, at most. */
  const growth = async (work: () => Promise<unknown>): Promise<number> => {
    const before = process.memoryUsage().arrayBuffers;
    await work();
    return process.memoryUsage().arrayBuffers - before;
  };

  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    it(`reads what others have written with ${name}`, async () => {
      for (const written of WRITTEN[name]) {
        const read = await codecOf(name).decompress(Buffer.from(written, 'base64'));
        expect(read.toString()).to.equal(TEXT);
      }
    });

    it(`allocates nothing for a claim of a gigabyte in ${name}`, async () => {
      expect(await growth(() => refusalOf(name, claims()[name]))).to.be.lessThan(2 * MIB);
    });

    it(`refuses every spoiled byte of ${name}, or reads it, and always ends`, async () => {
      for (const written of WRITTEN[name]) {
        const whole = Buffer.from(written, 'base64');
        for (let at = 0; at < whole.length; at++) {
          for (const value of [0, 0x7f, 0xff]) {
            const spoiled = Buffer.from(whole);
            spoiled[at] = value;
            expect(await refusalOf(name, spoiled)).to.match(/^(refused|\d+ bytes)$/);
            await refusalOf(name, spoiled.subarray(0, at));
          }
        }
      }
    });
  }

  for (const [name, decompress] of Object.entries({ snappy: unsnappy, lz4: unlz4, zstd: unzstd })) {
    it(`unfolds as much of ${name} as is allowed, and no more`, async () => {
      const compressed = bomb(name as 'snappy' | 'lz4' | 'zstd', 5 * MIB);
      const read = await decompress(compressed, 8 * MIB);
      expect(read.length).to.be.within(5 * MIB, 8 * MIB);
      expect(read.equals(Buffer.alloc(read.length))).to.equal(true);
      expect(() => decompress(compressed, 4 * MIB)).to.throw('allowed');
    });
  }

  it('reads zstd in many small blocks, but not so many that their windows take too long', () => {
    const lines = Array.from(
      { length: 600 },
      (_, n) => `coffee for Ana and tea for Ben, order ${String(n)}; `,
    );
    expect(unzstd(FLUSHED, 64 * MIB).toString()).to.equal(lines.join(''));
    expect(() => unzstd(FLUSHED, lines.join('').length - 1)).to.throw('allowed');
    const block = Buffer.from([(1 << 1) | (1 << 3), 0, 0, 0x61]);
    const tiny = Array.from({ length: 300_000 }, () => block);
    const [header, last] = [FLUSHED.subarray(0, 4), Buffer.from([1, 0, 0])];
    const frame = Buffer.concat([header, Buffer.from([0, 0x68]), ...tiny, last]);
    expect(() => unzstd(frame, 64 * MIB)).to.throw('allowed');
  });

  it('skips a skippable frame of zstd, and refuses one that is cut off', () => {
    const frame = Buffer.from(WRITTEN.zstd[0] as string, 'base64');
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect(unzstd(Buffer.concat([skippable, frame]), MIB).toString()).to.equal(TEXT);
    const cutOff = Buffer.concat([frame, skippable.subarray(0, -1)]);
    expect(() => unzstd(cutOff, MIB)).to.throw('a skippable zstd frame is cut off');
  });

  it('of gzip reads what it has written', async () => {
    const gzip = codecOf('gzip') as Codec & { compress(encoder: { buffer: Buffer }): Promise<Buffer> };
    const compressed = await gzip.compress({ buffer: Buffer.from(TEXT) });
    expect((await gzip.decompress(compressed)).toString()).to.equal(TEXT);
  });
});
