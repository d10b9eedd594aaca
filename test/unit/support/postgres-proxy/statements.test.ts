import { expect } from 'chai';
import {
  createMessageReader,
  endsAnswer,
  endsStatement,
  isOfStatement,
} from '../../../support/postgres-proxy/messages.ts';
import { createStatementReader } from '../../../support/postgres-proxy/statement.ts';

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value & 0xffff)]);
const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
};
const value = (bytes: string): Buffer => Buffer.concat([int32(bytes.length), Buffer.from(bytes)]);

const startup = Buffer.concat([int32(8 + 6), int32(196_608), text('user\0')]);
const query = message('Q', text('BEGIN'));
const parse = message('P', text('q1'), text('SELECT $1, $2'), int16(0));
const bind = message(
  'B',
  ...[text(''), text('q1'), int16(1), int16(0)],
  ...[int16(2), value('C1'), int32(-1), int16(0)],
);
const execute = message('E', text(''), int32(0));
const sync = message('S');
const terminate = message('X');

describe('what the Postgres proxy understands', () => {
  it('messages, however the stream is cut', () => {
    const messages = [startup, query, parse, bind, execute, sync, terminate];
    const stream = Buffer.concat(messages);
    for (let size = 1; size < stream.length; size++) {
      const read = createMessageReader('with a startup message');
      const complete: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) complete.push(...read(stream.subarray(at, at + size)));
      expect(complete, `in chunks of ${String(size)}`).to.deep.equal(messages);
    }
  });

  it('which of them belong to a statement, and which is its last', () => {
    const all = [startup, query, parse, bind, execute, sync, terminate];
    expect(all.filter(isOfStatement)).to.deep.equal([query, parse, bind, execute, sync]);
    expect(all.filter(endsStatement)).to.deep.equal([query, sync]);
  });

  it('where an answer ends', () => {
    expect([message('C', text('SELECT 1')), message('Z', Buffer.from('T'))].map(endsAnswer)).to.deep.equal([
      false,
      true,
    ]);
  });

  it('a statement that is text alone', () => {
    expect(createStatementReader(1)([query])).to.deep.equal({ session: 1, sql: 'BEGIN', parameters: [] });
  });

  it('a prepared statement, whose text comes the first time only', () => {
    const read = createStatementReader(2);
    const expected = { session: 2, sql: 'SELECT $1, $2', parameters: [Buffer.from('C1'), null] };
    expect(read([parse, bind, execute, sync])).to.deep.equal(expected);
    expect(read([bind, execute, sync])).to.deep.equal(expected);
  });
});
