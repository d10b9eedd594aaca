import { expect } from 'chai';
import { originalKafkajs } from '../../../support/original-kafkajs.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Frame = (request: object) => Promise<{ readonly buffer: Buffer }>;

type Produce = (request: object) => object;

const MODULE = 'protocol/request.js';
const own = repaired(MODULE) as Frame;
const original = originalKafkajs(MODULE) as Frame;
const PRODUCE_MODULE = 'protocol/requests/produce/v3/request.js';
const ownProduce = repaired(PRODUCE_MODULE) as Produce;
const originalProduce = originalKafkajs(PRODUCE_MODULE) as Produce;

describe('The frame of a request', () => {
  it('is byte for byte what kafkajs writes, whatever the size of the request', async () => {
    for (const size of [0, 1, 400, 600, 3 * 2 ** 20]) {
      const body = Buffer.alloc(size, 7);
      const request = {
        apiKey: 3,
        apiVersion: 10,
        encode: () => Promise.resolve({ buf: body, buffer: body }),
      };
      const framed = { correlationId: 2 ** 31 - 1, clientId: 'café', request };
      const { buffer } = await own(framed);
      expect(buffer.equals((await original(framed)).buffer), String(size)).to.equal(true);
    }
  });

  it('is so around Produce requests, which leave room for it, even if two are written side by side', async () => {
    const framed = (produce: Produce, size: number) => ({
      correlationId: size,
      clientId: 'café',
      request: produce({
        acks: -1,
        timeout: 1,
        topicData: [
          {
            topic: 't',
            partitions: [{ partition: 0, messages: [{ value: Buffer.alloc(size, 7), timestamp: '1' }] }],
          },
        ],
      }),
    });
    const sizes = [0, 400, 3 * 2 ** 20, 10];
    const all = await Promise.all(sizes.map((size) => own(framed(ownProduce, size))));
    for (const [index, size] of sizes.entries()) {
      const { buffer } = await original(framed(originalProduce, size));
      expect(all[index]?.buffer.equals(buffer), String(size)).to.equal(true);
    }
  });
});
