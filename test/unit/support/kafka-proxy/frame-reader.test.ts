import { expect } from 'chai';
import { framed, string } from '../../../support/kafka-proxy/fields.ts';
import { createFrameReader } from '../../../support/kafka-proxy/frame-reader.ts';

describe("the reader of Kafka's frames", () => {
  const frames = [framed(string('one')), framed(), framed(string('three'), Buffer.alloc(300, 7))];
  const stream = Buffer.concat(frames);

  it('finds them all in one chunk', () => {
    expect(createFrameReader()(stream)).to.deep.equal(frames);
  });

  it('finds them however the stream is cut', () => {
    for (let size = 1; size < stream.length; size++) {
      const read = createFrameReader();
      const complete: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) complete.push(...read(stream.subarray(at, at + size)));
      expect(complete, `in chunks of ${String(size)}`).to.deep.equal(frames);
    }
  });

  it('waits for the rest of a frame', () => {
    const read = createFrameReader();
    expect(read(stream.subarray(0, 3))).to.deep.equal([]);
    expect(read(stream.subarray(3, 8))).to.deep.equal([]);
    expect(read(stream.subarray(8))).to.deep.equal(frames);
  });
});
