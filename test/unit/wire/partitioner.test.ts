import { expect } from 'chai';
import fc from 'fast-check';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { repaired } from '../../support/repaired-kafkajs.ts';

describe('The partitioner', () => {
  it('places every key where kafkajs and Java do', () => {
    const theirs = repaired('producer/partitioners/default/murmur2.js') as (key: Buffer) => number;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (bytes, partitions) => {
        const key = Buffer.from(bytes);
        expect(partitionOf(key, partitions)).to.equal((theirs(key) & 0x7fffffff) % partitions);
      }),
    );
  });

  it('places known keys where Java’s own test has them', () => {
    // org.apache.kafka.common.utils.UtilsTest, testMurmur2, taken modulo 1,000.
    const hashes: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ];
    for (const [key, hash] of hashes) {
      expect(partitionOf(Buffer.from(key), 1_000)).to.equal((hash & 0x7fffffff) % 1_000);
    }
  });
});
