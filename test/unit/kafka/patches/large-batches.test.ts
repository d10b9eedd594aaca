import { expect } from 'chai';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Encoder = { readonly buffer: Buffer };

const encodeRecord = repaired('protocol/recordBatch/record/v0/index.js') as (record: object) => Encoder;
const { RecordBatch } = repaired('protocol/recordBatch/v0/index.js') as {
  RecordBatch: (batch: object) => Promise<Encoder>;
};
const Decoder = repaired('protocol/decoder.js') as new (buffer: Buffer) => object;
const decodeMessages = repaired('protocol/requests/fetch/v4/decodeMessages.js') as (
  decoder: object,
) => Promise<readonly { readonly offset: string }[]>;

const sized = (...parts: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

const batchOf = async (count: number): Promise<Buffer> => {
  const records = Array.from({ length: count }, (_, offsetDelta) =>
    encodeRecord({ key: null, value: Buffer.alloc(0), offsetDelta, timestampDelta: 0 }),
  );
  return (await RecordBatch({ records, lastOffsetDelta: count - 1 })).buffer;
};

describe('A fetched batch', () => {
  it('may hold more records than a call may have arguments', async function () {
    const records = await decodeMessages(new Decoder(sized(await batchOf(150_000))));
    expect(records).to.have.length(150_000);
    expect(records.at(-1)?.offset).to.equal('149999');
  });

  it('may follow another, and be cut off by the limit of the answer', async () => {
    const [whole, cut] = await Promise.all([batchOf(3), batchOf(2)]);
    const records = await decodeMessages(new Decoder(sized(whole, whole, cut.subarray(0, cut.length - 5))));
    expect(records).to.have.length(6);
    expect(await decodeMessages(new Decoder(sized()))).to.deep.equal([]);
  });
});
