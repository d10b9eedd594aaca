import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { createSandbox } from 'sinon';
import { registerCodecs } from '../../../../src/kafka/compression/codecs.ts';
import { originalKafkajs } from '../../../support/original-kafkajs.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Request = object & { readonly topicData: readonly unknown[] };
type Encode = (request: Request) => { readonly encode: () => Promise<{ readonly buffer: Buffer }> };

const MODULE = 'protocol/requests/produce/v3/request.js';
const original = originalKafkajs(MODULE) as Encode;
const own = repaired(MODULE) as Encode;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.integer({ min: 0, max: 9_000 }).map((length) => 'é'.repeat(length % 70) + 'x'.repeat(length)),
);
const value = fc.option(fc.oneof(bytes, text));
const headers = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 70 }).filter((name) => name !== '__proto__' && !/^\d+$/.test(name)),
  fc.oneof(bytes, text),
  { maxKeys: 5 },
);
const message = fc.record(
  { key: value, value, headers, timestamp: fc.integer({ min: 1e12, max: 1e12 + 2 ** 42 }).map(String) },
  { requiredKeys: ['value'] },
);
const partition = fc.record({
  partition: fc.nat(1000),
  firstSequence: fc.nat(2 ** 31 - 1),
  messages: fc.array(message, { minLength: 1, maxLength: 5 }),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(60_000),
  transactionalId: fc.option(fc.string({ minLength: 1, maxLength: 40 })),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.nat(2 ** 15 - 1),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ maxLength: 40 }),
      partitions: fc.array(partition, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const NOW = 1_767_600_000_000;

describe('A Produce request', () => {
  const sandbox = createSandbox();
  beforeEach(() => sandbox.useFakeTimers({ now: NOW, toFake: ['Date'] }));
  afterEach(() => {
    sandbox.restore();
  });

  const withTimes = (
    it: typeof request extends fc.Arbitrary<infer R> ? R : never,
    timed: 'timed' | 'now',
  ) => ({
    ...it,
    topicData: it.topicData.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((each) => ({
        ...each,
        // kafkajs gives a batch a wrong last time if only some of its records have times.
        messages: each.messages.map(({ timestamp = String(NOW), ...record }) =>
          timed === 'now' ? record : { ...record, timestamp },
        ),
      })),
    })),
  });

  it('is byte for byte what kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom('timed', 'now'), async (made, timed) => {
        const sent = withTimes(made, timed);
        const { buffer } = await own(sent).encode();
        expect(buffer.equals((await original(sent).encode()).buffer)).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });

  it('is so with large records too, and after one, and beside another one', async () => {
    const sized = (size: number) => ({
      acks: -1,
      timeout: 1,
      topicData: [
        { topic: 't', partitions: [{ partition: 0, messages: [{ value: Buffer.alloc(size, size) }] }] },
      ],
    });
    const sizes = [0, 40, 60, 63, 64, 100, 8_170, 8_180, 8_190, 8_192, 70_000, 2 ** 20, 5 * 2 ** 20, 10];
    const all = await Promise.all(sizes.map((size) => own(sized(size)).encode()));
    for (const [index, size] of sizes.entries())
      expect(all[index]?.buffer.equals((await original(sized(size)).encode()).buffer), String(size)).to.equal(
        true,
      );
  });

  it('carries compressed what it would carry plainly', async () => {
    registerCodecs();
    const messages = Array.from({ length: 50 }, (_, n) => ({
      value: `record ${String(n)}`,
      headers: { a: 'x' },
    }));
    const encode = async (compression: number): Promise<Buffer> =>
      (
        await own({
          ...{ acks: -1, timeout: 1, compression },
          topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
        }).encode()
      ).buffer;
    const [plain, compressed] = [await encode(0), await encode(1)];
    const begin = plain.indexOf(Buffer.from('t')) + 1 + 4 + 4 + 4 + 61;
    expect(compressed.length).to.be.lessThan(plain.length);
    expect(gunzipSync(compressed.subarray(begin))).to.deep.equal(plain.subarray(begin));
  });

  it('states the earliest and the latest time of its records, if only some have times of their own', async () => {
    const messages = [{ value: 'a', timestamp: '77' }, { value: 'b' }, { value: 'c', timestamp: '1000' }];
    const { buffer } = await own({
      ...{ acks: -1, timeout: 1 },
      topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
    }).encode();
    const batch = buffer.indexOf(Buffer.from('t')) + 1 + 4 + 4 + 4;
    expect(buffer.readBigInt64BE(batch + 27)).to.equal(77n);
    expect(buffer.readBigInt64BE(batch + 35)).to.equal(BigInt(NOW));
  });
});
