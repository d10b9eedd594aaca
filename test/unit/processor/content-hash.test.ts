import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createBodyCodec } from '../../../src/avro/body-codec.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import {
  COMMAND_DEFAULTS,
  COMMAND_FIELDS,
  contentHash,
  ORDER_DEFAULTS,
  ORDER_FIELDS,
} from '../../../src/processor/content-hash.ts';
import { firstDifference } from '../../../src/processor/content-marks.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

type Field = { name: string; default?: unknown; type: { items?: { fields: Field[] } } };

const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/run.close.requested-value.avsc', import.meta.url), 'utf8'),
) as { fields: Field[] };

const defaultsOf = (fields: Field[]): Record<string, unknown> =>
  Object.fromEntries(
    fields.filter((field) => 'default' in field).map((field) => [field.name, field.default]),
  );

describe('the content hash', () => {
  it('knows every default of the schema', () => {
    expect(COMMAND_DEFAULTS).to.deep.equal(defaultsOf(schema.fields));
    const orders = schema.fields.find(({ name }) => name === 'orders');
    expect(ORDER_DEFAULTS).to.deep.equal(defaultsOf(orders?.type.items?.fields ?? []));
  });

  it('knows every field of the schema', () => {
    const namesOf = (fields: Field[]) => fields.map(({ name }) => name);
    const madeAnew = ['requestedAt', 'correlationId'];
    expect([...COMMAND_FIELDS, ...madeAnew, 'orders']).to.have.members(namesOf(schema.fields));
    const orders = schema.fields.find(({ name }) => name === 'orders');
    expect(ORDER_FIELDS).to.deep.equal(namesOf(orders?.type.items?.fields ?? []));
  });

  it('does not take a text for what follows it', () => {
    const [one, other] = ['U1', 'U1initiatorUserId2:U2'].map((actorUserId) =>
      contentHash(aCommand({ channelName: 'a', initiatorUserId: 'b', actorUserId })),
    );
    expect(one).not.to.deep.equal(other);
    expect(contentHash(aCommand({ channelName: 'a=1,' }))).not.to.deep.equal(
      contentHash(aCommand({ channelName: 'a' })),
    );
  });

  it('is not changed by a field that a later version adds and fills with its default', () => {
    const { pickupNote, ...before } = aCommand();
    expect(pickupNote).to.equal(COMMAND_DEFAULTS.pickupNote);
    expect(contentHash(before as RunCloseRequested)).to.deep.equal(contentHash(aCommand()));
  });

  it('shows the first field that differs, in schema order', () => {
    const changes = {
      runId: 'another',
      channelName: null,
      initiatorUserId: 'U8',
      actorUserId: 'U9',
      allowConsecutiveRunner: true,
      pickupTime: 1,
      pickupNote: 'at the side door',
      orders: [anOrder({ quantity: 2 })],
    };
    const fields = Object.entries(changes);
    for (const [index, [field]] of fields.entries()) {
      const other = aCommand(Object.fromEntries(fields.slice(index)));
      for (const hash of [contentHash, createBodyCodec(loadSchemas()).hashCommand])
        expect(firstDifference(hash(aCommand()), hash(other))).to.equal(field);
    }
  });

  for (const [where, hash] of [
    ['as it is stored', contentHash],
    ['as a file is verified by it', createBodyCodec(loadSchemas()).hashCommand],
  ] as const) {
    describe(where, () => {
      it('is the same for the same content', () => {
        expect(hash(aCommand())).to.deep.equal(hash(structuredClone(aCommand())));
      });

      for (const [what, command] of [
        ['a later time', aCommand({ requestedAt: aCommand().requestedAt + 1 })],
        ['a correlation id', aCommand({ correlationId: 'try-2' })],
        ['both', aCommand({ requestedAt: 0, correlationId: 'try-2' })],
      ] as const) {
        it(`is not changed by what a publisher sets again for a retry: ${what}`, () => {
          expect(hash(command)).to.deep.equal(hash(aCommand()));
        });
      }

      for (const [what, command] of [
        ['the run', aCommand({ runId: 'another' })],
        ['a flag', aCommand({ allowConsecutiveRunner: true })],
        ['a null that became a text', aCommand({ pickupNote: '' })],
        ['the order of the orders', aCommand({ orders: [...aCommand().orders].reverse() })],
        ['a quantity', aCommand({ orders: [anOrder({ quantity: 2 }), ...aCommand().orders.slice(1)] })],
      ] as const) {
        it(`changes with ${what}`, () => {
          expect(hash(command)).not.to.deep.equal(hash(aCommand()));
        });
      }
    });
  }
});
