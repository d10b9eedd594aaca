import { expect } from 'chai';
import { createRecordReader, type ReadResult } from '../../../src/avro/record-reader.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { writtenType, type WriterSchema } from '../../../src/avro/writer-schema.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { frame } from '../../../src/wire/frame.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const { json, type } = loadSchemas()['run.close.requested'];

type Json = Record<string, unknown>;
type Field = Json & { name: string; type: unknown };
type RecordSchema = Json & { name: string; namespace?: string; fields: Field[] };
type Change = (command: RecordSchema, order: RecordSchema) => void;

/** Our schema, changed as another generator would have it; `order` is the record inside `orders`. */
const schemaWith = (change: Change): RecordSchema => {
  const command = JSON.parse(json) as RecordSchema;
  change(command, (field(command, 'orders').type as { items: RecordSchema }).items);
  return command;
};

const field = (record: RecordSchema, name: string): Field => {
  const recordField = record.fields.find((each) => each.name === name);
  return recordField ?? expect.fail(`no field ${name}`);
};

/** Each string of a schema, however deep it stands, as another type that is read as one. */
const eachString = (schema: unknown, replacement: unknown): unknown => {
  if (schema === 'string') return replacement;
  if (Array.isArray(schema)) return schema.map((branch) => eachString(branch, replacement));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type: inner, items, fields, ...more } = schema as Json;
  return {
    ...more,
    type: eachString(inner, replacement),
    ...(items === undefined ? {} : { items: eachString(items, replacement) }),
    ...(fields === undefined
      ? {}
      : { fields: (fields as unknown[]).map((each) => eachString(each, replacement)) }),
  };
};

const withoutAttributes = (record: RecordSchema, ...names: string[]): void => {
  for (const each of [record, ...record.fields]) for (const name of names) Reflect.deleteProperty(each, name);
};

const COMMAND = aCommand({
  correlationId: 'correlation',
  pickupTime: 1_767_600_000_000,
  orders: [anOrder({ slackUserId: 'S1' }), anOrder({ userId: 'Zoë 🥐' })],
});

type Example = {
  readonly schema: unknown;
  readonly references?: readonly string[];
  /** What is written, where it is not the command itself. */
  readonly written?: object;
  readonly read?: RunCloseRequested;
};

const EXAMPLES: Readonly<Record<string, Example>> = {
  "Java's namespace, at the top and inherited below": {
    schema: schemaWith((command) => {
      command.namespace = 'com.acme';
    }),
  },
  "Java's namespaces, one for each record": {
    schema: schemaWith((command, order) => {
      command.namespace = 'com.acme.runs';
      order.namespace = 'com.acme.orders';
    }),
  },
  "Java's own strings": {
    schema: {
      ...(eachString(JSON.parse(json), { type: 'string', 'avro.java.string': 'String' }) as object),
      namespace: 'com.acme',
    },
  },
  "Java's reflection": {
    schema: schemaWith((command, order) => {
      command.namespace = 'com.my-company.3d.Outer$';
      withoutAttributes(command, 'doc', 'pii');
      Object.assign(field(command, 'orders').type as object, { 'java-class': 'java.util.List' });
      order['java-class'] = 'com.acme.Order';
    }),
  },
  'a whole name in `name`': {
    schema: schemaWith((command) => {
      command.name = 'com.acme.RunCloseRequested';
      delete command.namespace;
    }),
  },
  'whole names that a namespace does not change': {
    schema: schemaWith((command, order) => {
      command.name = 'com.acme.RunCloseRequested';
      command.namespace = 'not.counted';
      order.name = 'org.other.Order';
    }),
  },
  'no namespace': {
    schema: schemaWith((command) => {
      delete command.namespace;
    }),
  },
  'an empty namespace, and another one below': {
    schema: schemaWith((command, order) => {
      command.namespace = '';
      order.namespace = 'below';
    }),
  },
  "Python's fastavro, with what it leaves behind": {
    schema: schemaWith((command, order) => {
      command.name = 'acme.RunCloseRequested';
      delete command.namespace;
      Object.assign(command, { __fastavro_parsed__: true, __named_schemas: { 'acme.Order': {} } });
      order.name = 'acme.Order';
    }),
  },
  "Python's data classes: all documented, defaults everywhere": {
    schema: schemaWith((command, order) => {
      for (const record of [command, order]) {
        record['pymodel'] = 'dataclass';
        for (const each of record.fields) if (each.type === 'string') each['default'] = '';
      }
    }),
  },
  "C#'s unions with null in the second place": {
    schema: schemaWith((command, order) => {
      for (const record of [command, order]) {
        for (const each of record.fields) {
          if (!Array.isArray(each.type)) continue;
          each.type = (each.type as unknown[]).toReversed();
          delete each['default'];
        }
      }
    }),
  },
  "Go's, without logical types, docs and defaults": {
    schema: schemaWith((command, order) => {
      for (const record of [command, order]) {
        withoutAttributes(record, 'doc', 'default', 'pii');
        for (const each of record.fields) {
          if (each.name !== 'orders' && JSON.stringify(each.type).includes('timestamp'))
            each.type = Array.isArray(each.type) ? ['null', 'long'] : 'long';
        }
      }
    }),
  },
  'aliases that name something else': {
    schema: schemaWith((command, order) => {
      command['aliases'] = ['CloseRun', 'com.acme.Close'];
      order['aliases'] = ['Drink'];
      field(order, 'text')['aliases'] = ['drink'];
    }),
  },
  'logical types that we do not use, and some that nobody knows': {
    schema: schemaWith((command, order) => {
      field(command, 'commandId').type = { type: 'string', logicalType: 'uuid' };
      field(command, 'requestedAt').type = { type: 'long', logicalType: 'local-timestamp-millis' };
      field(order, 'quantity').type = { type: 'int', logicalType: 'drinks', unit: 'cups' };
      field(order, 'orderId').type = { type: 'string', logicalType: 'decimal', precision: -1 };
    }),
  },
  'ints for longs, where they are promoted': {
    schema: schemaWith((command, order) => {
      field(command, 'requestedAt').type = 'int';
      field(command, 'pickupTime').type = ['null', 'int'];
      field(order, 'submittedAt').type = { type: 'int', logicalType: 'time-millis' };
    }),
    written: {
      ...COMMAND,
      requestedAt: 7,
      pickupTime: 8,
      orders: COMMAND.orders.map((order) => ({ ...order, submittedAt: 9 })),
    },
    read: {
      ...COMMAND,
      requestedAt: 7,
      pickupTime: 8,
      orders: COMMAND.orders.map((order) => ({ ...order, submittedAt: 9 })),
    },
  },
  'bytes for strings, where they are promoted': {
    schema: schemaWith((command, order) => {
      field(command, 'runId').type = 'bytes';
      field(order, 'displayName').type = ['bytes'];
    }),
    written: {
      ...COMMAND,
      runId: Buffer.from(COMMAND.runId),
      orders: COMMAND.orders.map((order) => ({ ...order, displayName: Buffer.from(order.displayName) })),
    },
  },
  'no union where we have one, and one where we have none': {
    schema: schemaWith((command, order) => {
      field(command, 'correlationId').type = 'string';
      field(command, 'correlationId')['default'] = '';
      field(command, 'runId').type = ['null', 'string'];
      field(command, 'allowConsecutiveRunner').type = ['boolean', 'null'];
      field(command, 'requestedAt').type = ['null', 'int', 'long'];
      field(order, 'quantity').type = ['int'];
      field(order, 'slackUserId').type = ['string', 'null', 'boolean'];
    }),
    written: { ...COMMAND, requestedAt: { long: COMMAND.requestedAt } },
  },
  'orders that may be null': {
    schema: schemaWith((command, order) => {
      (field(command, 'orders').type as Json)['items'] = ['null', order];
    }),
  },
  'its fields in another order': {
    schema: schemaWith((command, order) => {
      command.fields.reverse();
      order.fields.reverse();
    }),
  },
  'fields of each type that we do not know, with names that every object has': {
    schema: schemaWith((command, order) => {
      const node = {
        type: 'record',
        name: 'Node',
        fields: [{ name: 'next', type: ['null', 'Node'], default: null }],
      };
      const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
      command.fields.unshift(
        { name: 'tree', type: node },
        { name: 'mood', type: { type: 'enum', name: 'Mood', symbols: ['good', 'bad'], default: 'good' } },
        { name: 'mac', type: { type: 'fixed', name: 'Mac', size: 6 } },
        { name: 'weights', type: { type: 'map', values: 'double' } },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
        ...names.map((name) => ({ name, type: 'string' })),
      );
      order.fields.push(...names.map((name) => ({ name, type: ['null', 'float'] })));
    }),
    written: {
      ...COMMAND,
      tree: { next: { next: null } },
      mood: 'bad',
      mac: Buffer.alloc(6),
      weights: { a: 1.5 },
      price: Buffer.from([1]),
      ...theirs(['constructor', 'toString', 'valueOf', 'hasOwnProperty'], 'x'),
      orders: COMMAND.orders.map((order) => ({
        ...order,
        ...theirs(['constructor', 'toString', 'valueOf', 'hasOwnProperty'], null),
      })),
    },
  },
  'defaults that do not fit, and an order that is none': {
    schema: schemaWith((command, order) => {
      field(command, 'runId')['default'] = null;
      field(command, 'channelName')['default'] = 'none';
      field(order, 'quantity')['default'] = '1';
      field(order, 'text')['order'] = 'whatever';
    }),
  },
  'a union of records at the top': {
    schema: [
      { type: 'record', name: 'com.acme.RunReopened', fields: [{ name: 'runId', type: 'string' }] },
      schemaWith((command) => {
        command.namespace = 'com.acme';
      }),
    ],
    written: { 'com.acme.RunCloseRequested': COMMAND },
  },
  'an order that is defined elsewhere and named where it is used': {
    schema: schemaWith((command, order) => {
      command.namespace = 'com.acme';
      command.fields.unshift({ name: 'favourite', type: ['null', { ...order }], default: null });
      (field(command, 'orders').type as Json)['items'] = 'com.acme.Order';
    }),
    written: { ...COMMAND, favourite: null },
  },
  'an order from another subject, in another namespace': {
    schema: schemaWith((command) => {
      (field(command, 'orders').type as Json)['items'] = 'com.acme.Order';
    }),
    references: [
      JSON.stringify({
        ...(field(JSON.parse(json) as RecordSchema, 'orders').type as { items: object }).items,
        namespace: 'com.acme',
      }),
    ],
  },
  'nothing that has a default': {
    schema: schemaWith((command, order) => {
      for (const record of [command, order])
        record.fields = record.fields.filter((each) => !('default' in each));
    }),
    read: {
      ...COMMAND,
      channelName: null,
      correlationId: null,
      pickupTime: null,
      pickupNote: null,
      orders: COMMAND.orders.map((order) => ({ ...order, slackUserId: null })),
    },
  },
};

function theirs(names: readonly string[], value: unknown): object {
  return Object.fromEntries(names.map((name) => [`${name}_of_the_writer`, value]));
}

const readAs = ({ schema, references = [] }: Example, written: object): ReadResult<RunCloseRequested> => {
  const writer: WriterSchema = { kind: 'AVRO', json: JSON.stringify(schema), references };
  const body = writtenType(writer).toBuffer(written);
  return createRecordReader<RunCloseRequested>(type, 12, writer)(frame(12, body));
};

describe('A command of another language is read with', () => {
  for (const [title, example] of Object.entries(EXAMPLES)) {
    it(title, () => {
      const result = readAs(example, example.written ?? COMMAND);
      if (result.kind === 'poison') return expect.fail(result.poison.message);
      expect(result.value).to.deep.equal(example.read ?? COMMAND);
    });
  }
});

const UNREADABLE: Readonly<Record<string, Example>> = {
  'has another name': {
    schema: schemaWith((command) => {
      command.name = 'CloseRun';
    }),
  },
  'has orders of another name': {
    schema: schemaWith((_, order) => {
      order.name = 'Drink';
    }),
  },
  'lacks a field without a default': {
    schema: schemaWith((command) => {
      command.fields = command.fields.filter(({ name }) => name !== 'runId');
    }),
  },
  'has a long where we have an int': {
    schema: schemaWith((_, order) => {
      field(order, 'quantity').type = 'long';
    }),
  },
  'has an enum where we have a string': {
    schema: schemaWith((_, order) => {
      field(order, 'provenance').type = { type: 'enum', name: 'Provenance', symbols: ['manual'] };
    }),
  },
  'has null where we have none': {
    schema: schemaWith((command) => {
      field(command, 'runId').type = ['null', 'string'];
    }),
    written: { ...COMMAND, runId: null },
  },
};

describe('A record cannot be read, as the specification says, if it', () => {
  for (const [title, example] of Object.entries(UNREADABLE)) {
    it(title, () => {
      const result = readAs(example, example.written ?? COMMAND);
      expect(result).to.have.property('kind', 'poison');
    });
  }

  it('has null if we have none, and says so', () => {
    const { schema, written } = UNREADABLE['has null where we have none'] as Required<Example>;
    const result = readAs({ schema }, written);
    expect(result.kind === 'poison' && result.poison.message).to.equal(
      'the value does not match schema id 12: a branch of a union that cannot be read as string',
    );
  });
});
