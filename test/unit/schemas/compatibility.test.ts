import { expect } from 'chai';

import { breaksBetween } from '../../../scripts/schemas/compatibility.ts';
import type { RecordJson } from '../../../src/avro/schema-json.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';

type Fields = { name: string; type: unknown; default?: unknown; doc: string }[];

const { json } = loadSchemas()['run.close.requested'];
const released = loadSchemas()['run.close.requested'].schema;

const changed = (
  change: (fields: Fields, orderFields: Fields, record: { name: string }) => void,
): RecordJson => {
  const copy = JSON.parse(json) as { name: string; fields: Fields };
  const orders = copy.fields.find(({ name }) => name === 'orders')?.type as { items: { fields: Fields } };
  change(copy.fields, orders.items.fields, copy);
  return copy as unknown as RecordJson;
};

const find = (fields: Fields, name: string): Fields[number] => {
  const field = fields.find((candidate) => candidate.name === name);
  return field ?? expect.fail(`no field ${name}`);
};

const expectBreak = (working: RecordJson, problem: string): void => {
  expect(breaksBetween(released, working).join('\n')).to.include(problem);
};

describe('A new version of a schema', () => {
  it('may stay as it is, and change its words', () => {
    expect(breaksBetween(released, released)).to.deep.equal([]);
    expect(
      breaksBetween(
        released,
        changed((fields) => {
          find(fields, 'runId').doc = 'Better.';
        }),
      ),
    ).to.deep.equal([]);
  });

  it('may add and remove fields that have a default', () => {
    const working = changed((fields, order) => {
      fields.push({ name: 'locale', type: ['null', 'string'], default: null, doc: '' });
      fields.splice(fields.indexOf(find(fields, 'pickupNote')), 1);
      order.push({ name: 'size', type: 'string', default: 'medium', doc: '' });
    });
    expect(breaksBetween(released, working)).to.deep.equal([]);
  });

  it('may not add a field without a default', () => {
    const working = changed((fields) => {
      fields.push({ name: 'locale', type: 'string', doc: '' });
    });
    expectBreak(working, 'what the released version wrote cannot be read now');
  });

  it('may not remove a field without a default', () => {
    const working = changed((fields) => {
      fields.shift();
    });
    expectBreak(working, 'what is written now cannot be read by the released version');
  });

  it('may not do so in a nested record either', () => {
    expectBreak(
      changed((_, order) => {
        order.shift();
      }),
      'cannot be read by the released version',
    );
  });

  it('may not rename a record or a field', () => {
    expectBreak(
      changed((_fields, _order, record) => {
        record.name = 'CloseRun';
      }),
      'cannot be read now',
    );
    expectBreak(
      changed((fields) => {
        find(fields, 'runId').name = 'run';
      }),
      'cannot be read now',
    );
  });

  it('may not change a type, be it to a wider one', () => {
    expectBreak(
      changed((_, order) => {
        find(order, 'quantity').type = 'string';
      }),
      'cannot be read now',
    );
    expectBreak(
      changed((_, order) => {
        find(order, 'quantity').type = 'long';
      }),
      'by the released version',
    );
    expectBreak(
      changed((fields) => {
        find(fields, 'runId').type = ['null', 'string'];
      }),
      'by the released version',
    );
  });

  it('may not change what written records mean', () => {
    const micros = { type: 'long', logicalType: 'timestamp-micros' };
    expectBreak(
      changed((_, order) => {
        find(order, 'quantity').default = 2;
      }),
      'Order.quantity: its default',
    );
    expectBreak(
      changed((fields) => {
        find(fields, 'requestedAt').type = micros;
      }),
      'requestedAt: its logical type',
    );
    expectBreak(
      changed((fields) => {
        find(fields, 'pickupTime').type = ['null', micros];
      }),
      'pickupTime: its logical type',
    );
  });

  it('may not lose a default that the released version has', () => {
    expectBreak(
      changed((_, order) => {
        delete find(order, 'quantity').default;
      }),
      'Order.quantity: its default',
    );
  });
});
