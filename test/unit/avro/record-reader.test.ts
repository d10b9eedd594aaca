import { expect } from 'chai';
import { parseType } from '../../../src/avro/avro-type.ts';
import { createRecordReader, type ReadResult } from '../../../src/avro/record-reader.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { WriterSchema } from '../../../src/avro/writer-schema.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { frame } from '../../../src/wire/frame.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const { json, type } = loadSchemas()['run.close.requested'];

type Field = { name: string; type: unknown; default?: unknown };
type RecordJson = { type: string; name: string; fields: Field[] };

/** Our schema, changed; `order` is the record inside `orders`. */
const variant = (change: (command: RecordJson, order: RecordJson) => void): string => {
  const command = JSON.parse(json) as RecordJson;
  const orders = command.fields.find(({ name }) => name === 'orders')?.type as { items: RecordJson };
  change(command, orders.items);
  return JSON.stringify(command);
};

const writer = (schema: string, more: Partial<WriterSchema> = {}): WriterSchema => ({
  kind: 'AVRO',
  json: schema,
  references: [],
  ...more,
});

const read = (schema: WriterSchema, body: Buffer): ReadResult<RunCloseRequested> =>
  createRecordReader<RunCloseRequested>(type, 12, schema)(frame(12, body));

const readAs = (schema: string, written: object): ReadResult<RunCloseRequested> =>
  read(writer(schema), parseType(schema).toBuffer(written));

const without = (fields: RecordJson, ...names: string[]): void => {
  fields.fields = fields.fields.filter(({ name }) => !names.includes(name));
};

describe('A record that another version has written', () => {
  it('is read as written if the schema is ours', () => {
    const command = aCommand({ correlationId: 'c-1', pickupTime: 1, pickupNote: '' });
    expect(readAs(json, command)).to.deep.equal({ kind: 'value', value: command });
  });

  it('has nothing but its fields: it prints and compares as a plain object', () => {
    const result = readAs(json, aCommand());
    if (result.kind === 'poison') return expect.fail(result.poison.message);
    expect(JSON.parse(JSON.stringify(result.value))).to.deep.equal(aCommand());
    expect(Object.keys(result.value)).to.deep.equal(Object.keys(aCommand()));
    for (const name in result.value) expect(aCommand()).to.have.property(name);
  });

  it('gets the defaults of the fields that its writer did not know', () => {
    const schema = variant((command, order) => {
      without(command, 'correlationId', 'allowConsecutiveRunner', 'channelName');
      without(order, 'quantity', 'canRun', 'provenance', 'slackUserId', 'confirmed');
    });
    const expected = aCommand({ correlationId: null, allowConsecutiveRunner: false, channelName: null });
    expect(readAs(schema, aCommand())).to.deep.equal({ kind: 'value', value: expected });
  });

  it('loses the fields that only its writer knows, wherever they stand', () => {
    const extra = (name: string): Field => ({
      name,
      type: { type: 'map', values: ['null', 'string'] },
      default: {},
    });
    const schema = variant((command, order) => {
      command.fields.splice(3, 0, extra('labels'));
      order.fields.unshift(extra('first'));
      order.fields.push(extra('last'));
    });
    const orders = [{ ...anOrder(), first: { a: null }, last: { b: 'c' } }];
    const written = { ...aCommand(), orders, labels: { d: 'e' } };
    expect(readAs(schema, written)).to.deep.equal({
      kind: 'value',
      value: aCommand({ orders: [anOrder()] }),
    });
  });

  it('may have its fields in another order, and an int where we have a long', () => {
    const schema = variant((command) => {
      command.fields.reverse();
      for (const field of command.fields) if (field.name === 'requestedAt') field.type = 'int';
    });
    const command = aCommand({ requestedAt: 1_000 });
    expect(readAs(schema, command)).to.deep.equal({ kind: 'value', value: command });
  });

  it('may refer to schemas of other subjects', () => {
    let order = '';
    const schema = variant((command, nested) => {
      order = JSON.stringify({ ...nested, namespace: 'runclose' });
      command.fields.splice(-1, 1, { name: 'orders', type: { type: 'array', items: 'runclose.Order' } });
    });
    const body = type.toBuffer(aCommand());
    expect(read(writer(schema, { references: [order] }), body)).to.deep.equal({
      kind: 'value',
      value: aCommand(),
    });
  });

  it('is poison if a bad byte is in a field that we skip', () => {
    const schema = variant((command) => {
      command.fields.unshift({ name: 'skipped', type: { type: 'array', items: 'string' }, default: [] });
    });
    const body = parseType(schema).toBuffer({ ...aCommand(), skipped: ['a'] });
    body.writeUInt8(0xfe, 0);
    expect(read(writer(schema), body)).to.have.nested.property('poison.code', 'UNDECODABLE');
  });

  it('keeps 2^53−1, and is poison beyond', () => {
    for (const requestedAt of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) {
      expect(readAs(json, aCommand({ requestedAt }))).to.have.nested.property(
        'value.requestedAt',
        requestedAt,
      );
    }
    const body = type.toBuffer(aCommand({ requestedAt: Number.MAX_SAFE_INTEGER }));
    const at = body.indexOf(Buffer.from('feffffffffffff1f', 'hex'));
    body.writeUInt8(0x20, at + 7);
    expect(read(writer(json), body)).to.deep.equal({
      kind: 'poison',
      poison: {
        code: 'UNDECODABLE',
        message: 'the value does not match schema id 12: requestedAt: a long beyond ±(2^53−1)',
      },
    });
  });

  it('turns bytes that are not UTF-8 into U+FFFD', () => {
    const body = type.toBuffer(aCommand({ runId: 'run-x' }));
    body.writeUInt8(0xff, body.indexOf('run-x') + 4);
    expect(read(writer(json), body)).to.have.nested.property('value.runId', 'run-\ufffd');
  });

  it('is poison if its schema is that of another record', () => {
    const other = loadSchemas()['run.closed'].json;
    expect(read(writer(other), Buffer.from('anything'))).to.deep.equal({
      kind: 'poison',
      poison: {
        code: 'UNDECODABLE',
        message: 'schema id 12, runclose.RunClosed, cannot be read as runclose.RunCloseRequested',
      },
    });
  });

  it('is poison if its schema cannot be read as ours, or is no schema', () => {
    const deep = `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}`;
    const schemas: WriterSchema[] = [
      writer(
        variant((command) => {
          without(command, 'runId');
        }),
      ),
      writer(
        variant((command) => {
          command.fields.reverse()[0] = { name: 'orders', type: 'string' };
        }),
      ),
      writer('"string"'),
      writer('["null", "string"]'),
      writer('null'),
      writer('{"type":"record"'),
      writer(
        '{"type":"record","name":"RunCloseRequested","namespace":"runclose","fields":[{"name":"a","type":"Missing"}]}',
      ),
      writer('{"type":"record","name":"no name","fields":[]}'),
      writer(deep),
      writer('{"type":"object"}', { kind: 'JSON' }),
      writer('syntax = "proto3";', { kind: 'PROTOBUF' }),
    ];
    for (const schema of schemas) {
      expect(read(schema, type.toBuffer(aCommand())), schema.json.slice(0, 80)).to.have.nested.property(
        'poison.code',
        'UNDECODABLE',
      );
    }
  });
});
