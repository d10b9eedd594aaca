import { expect } from 'chai';
import { originalKafkajs } from '../../../support/original-kafkajs.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Frame = (request: object) => Promise<{ readonly buffer: Buffer }>;

const MODULE = 'protocol/request.js';
const own = repaired(MODULE) as Frame;
const original = originalKafkajs(MODULE) as Frame;

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
});
