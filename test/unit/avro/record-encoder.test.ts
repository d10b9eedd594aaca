import { expect } from 'chai';
import { parseType } from '../../../src/avro/avro-type.ts';
import { createRecordEncoder } from '../../../src/avro/record-encoder.ts';

describe('encoding records', () => {
  it('leaves what was encoded before as it was, whatever the sizes', () => {
    const type = parseType('{"type":"record","name":"R","fields":[{"name":"text","type":"string"}]}');
    const encode = createRecordEncoder<{ text: string }>(type);
    const sizes = [10, 70_000, 0, 70_000, 500_000, 3, ...Array.from({ length: 300 }, () => 1_000)];
    const records = sizes.map((size, index) => ({
      text: String.fromCharCode(65 + (index % 26)).repeat(size),
    }));
    const bodies = records.map(encode);
    bodies.forEach((body, index) => {
      expect(body.equals(type.toBuffer(records[index])), `record ${String(index)}`).to.equal(true);
    });
  });
});
