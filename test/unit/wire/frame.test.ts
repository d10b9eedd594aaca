import { expect } from 'chai';
import { frame, HEADER_LENGTH, readFrame } from '../../../src/wire/frame.ts';

describe('The wire format', () => {
  it('is a zero byte, the schema id in four bytes, big endian, and the body', () => {
    expect(frame(0x01020304, Buffer.from('body'))).to.deep.equal(
      Buffer.from([0, 1, 2, 3, 4, ...Buffer.from('body')]),
    );
  });

  it('gives back the schema id, and where the body begins', () => {
    const value = frame(2 ** 31 - 1, Buffer.from('body'));
    expect(readFrame(value)).to.deep.equal({ kind: 'framed', schemaId: 2 ** 31 - 1 });
    expect(value.subarray(HEADER_LENGTH).toString()).to.equal('body');
  });

  it('takes an empty body', () => {
    expect(readFrame(frame(7, Buffer.alloc(0)))).to.deep.equal({ kind: 'framed', schemaId: 7 });
  });

  it('knows a missing value', () => {
    expect(readFrame(null)).to.include({ kind: 'unframed', code: 'NULL_VALUE' });
  });

  it('knows values shorter than its header', () => {
    for (const length of [0, 1, 2, 3, 4]) {
      expect(readFrame(Buffer.alloc(length))).to.include({ kind: 'unframed', code: 'TOO_SHORT' });
    }
  });

  it('knows values that begin with another byte', () => {
    expect(readFrame(Buffer.from('{"commandId":'))).to.deep.equal({
      kind: 'unframed',
      code: 'WRONG_MAGIC_BYTE',
      message: 'not Avro with a schema id: the first byte is 123, not 0',
    });
  });
});
