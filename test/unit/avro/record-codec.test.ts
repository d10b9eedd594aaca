import { expect } from 'chai';
import { parseType } from '../../../src/avro/avro-type.ts';
import { fingerprintOf } from '../../../src/avro/fingerprint.ts';
import { createRecordCodec } from '../../../src/avro/record-codec.ts';
import { loadSchemas, RECORD_TOPICS, subjectOf } from '../../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../../src/avro/schema-ids.ts';
import type { RunCloseRejected } from '../../../src/domain/records.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { EVENT_TYPES } from '../../../src/wire/event-types.ts';
import { frame as wireFormat } from '../../../src/wire/frame.ts';
import { aCommand } from '../../support/commands.ts';
import {
  createInMemorySchemaRegistry,
  type InMemorySchemaRegistry,
} from '../../support/in-memory/schema-registry.ts';

const schemas = loadSchemas();

/** Another version of the schema, with one field more and one field fewer. */
const EARLIER = JSON.stringify({
  ...schemas['run.close.rejected'].schema,
  fields: [
    { name: 'station', type: 'string', default: '', doc: '' },
    ...schemas['run.close.rejected'].schema.fields.filter(({ name }) => name !== 'policyVersion'),
  ],
});

const createCodecOn = (registry: InMemorySchemaRegistry) => {
  const schemaIds = createSchemaIds({ registry, schemas, topicPrefix: '', topics: RECORD_TOPICS });
  return createRecordCodec({ schemas, registry, schemaIds, topicPrefix: '' });
};

const createSetUpCodec = () => {
  const registry = createInMemorySchemaRegistry();
  for (const topic of RECORD_TOPICS) registry.put(subjectOf('', topic), schemas[topic].json);
  return createCodecOn(registry);
};

const REJECTION: RunCloseRejected = {
  eventId: '85e30db3-24b0-5776-b8b3-e450a88b47c8',
  commandId: 'command-1',
  correlationId: null,
  runId: 'run-1',
  channelId: 'C1',
  actorUserId: 'U9',
  reason: 'UNAUTHORIZED',
  message: 'neither the initiator nor an admin',
  policyVersion: 0,
  rejectedAt: Number.MAX_SAFE_INTEGER,
};

describe('The record codec', () => {
  it('decodes commands', async () => {
    const value = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 1]),
      schemas['run.close.requested'].type.toBuffer(aCommand()),
    ]);
    expect(await createSetUpCodec().decode([value, null])).to.deep.equal([
      { kind: 'command', command: aCommand() },
      { kind: 'poison', poison: { code: 'NULL_VALUE', message: 'the record has no value' } },
    ]);
  });

  it('encodes whatever the schemas allow, always alike, and it is read back the same', () => {
    const codec = createSetUpCodec();
    for (const type of EVENT_TYPES) {
      for (let i = 0; i < 50; i++) {
        const event = schemas[type].type.random() as never;
        const body = codec.encode(type, event);
        expect(schemas[type].type.fromBuffer(body)).to.deep.equal(event);
        expect(codec.encode(type, event)).to.deep.equal(body);
      }
    }
  });

  it('encodes numbers up to ±(2^53−1)', () => {
    for (const rejectedAt of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) {
      const body = createSetUpCodec().encode('run.close.rejected', { ...REJECTION, rejectedAt });
      expect(schemas['run.close.rejected'].type.fromBuffer(body)).to.deep.equal({ ...REJECTION, rejectedAt });
    }
  });

  it('encodes texts of any length, and short ones after long ones', () => {
    const codec = createSetUpCodec();
    for (const length of [0, 10, 16_384, 1_000_000, 3]) {
      const event = { ...REJECTION, message: '€'.repeat(length) };
      expect(
        schemas['run.close.rejected'].type.fromBuffer(codec.encode('run.close.rejected', event)),
      ).to.deep.equal(event);
    }
  });

  it('keeps what it has encoded apart', () => {
    const codec = createSetUpCodec();
    const first = codec.encode('run.close.rejected', REJECTION);
    const copy = Buffer.from(first);
    codec.encode('run.close.rejected', { ...REJECTION, reason: 'CHANNEL_DISABLED' });
    expect(first).to.deep.equal(copy);
  });

  it('names the field that cannot be encoded, and not its value', () => {
    const broken = { ...REJECTION, rejectedAt: 1.5, message: null } as unknown as RunCloseRejected;
    const encode = () => createSetUpCodec().encode('run.close.rejected', broken);
    expect(encode).to.throw('encoding runclose.RunCloseRejected: message is not of type string');
    try {
      encode();
    } catch (error) {
      expect(failureOf(error)).to.include({ kind: 'fatal', code: 'UNENCODABLE_RECORD' });
    }
  });

  it("frames with the registry's id", async () => {
    const framed = (await createSetUpCodec().framer())('run.close.rejected', Buffer.from('body'));
    expect(framed).to.deep.equal(Buffer.from([0, 0, 0, 0, 4, ...Buffer.from('body')]));
  });

  it('frames what another version has written with the id of its schema, as the registry has it by now', async () => {
    const registry = createInMemorySchemaRegistry();
    const codec = createCodecOn(registry);
    const type = 'run.close.rejected';
    const writtenWith = { [type]: fingerprintOf(parseType(EARLIER)) };
    const body = Buffer.from('body');
    for (const topic of RECORD_TOPICS) registry.put(subjectOf('', topic), schemas[topic].json);
    const failure = await codec.framer([writtenWith]).then(() => undefined, failureOf);
    expect(failure).to.include({ kind: 'transient', code: 'SCHEMA_NOT_REGISTERED' });
    expect(failure?.message).to.include('stored events of run.close.rejected-value');

    for (const nextId of [100, 200]) {
      registry.forget(nextId);
      registry.put(subjectOf('', type), '"string"');
      const earlier = registry.put(subjectOf('', type), EARLIER);
      for (const topic of RECORD_TOPICS) registry.put(subjectOf('', topic), schemas[topic].json);
      registry.put(subjectOf('', type), '{"type":"no such type"}');
      const frame = await createCodecOn(registry).framer([writtenWith, { [type]: codec.fingerprint(type) }]);
      expect(frame(type, body, writtenWith[type]).readInt32BE(1)).to.equal(earlier);
      const ours = await registry.schemaId(subjectOf('', type), schemas[type].json);
      expect(frame(type, body).readInt32BE(1)).to.equal(ours);
      expect(frame(type, body, codec.fingerprint(type)).readInt32BE(1)).to.equal(ours);
    }
  });

  it('reads an event of another version, and tells whether it says the same', async () => {
    const registry = createInMemorySchemaRegistry();
    const codec = createCodecOn(registry);
    const type = 'run.close.rejected';
    const earlier = parseType(EARLIER);
    const id = registry.put(subjectOf('', type), EARLIER);
    const ours = codec.encode(type, REJECTION);
    const written = (change: object) =>
      wireFormat(id, earlier.toBuffer({ ...REJECTION, station: 'bar', ...change }));
    const [same, other, stranger, torn] = await codec.readEmitted(type, [
      written({}),
      written({ reason: 'CHANNEL_DISABLED' }),
      wireFormat(99, ours),
      wireFormat(id, ours),
    ]);
    expect(same?.saysTheSameAs(ours), 'the same').to.equal(true);
    expect(same?.writtenWith).to.deep.equal(fingerprintOf(earlier));
    // The other schema has no policy version.
    expect(same?.fieldsLike(ours)).to.deep.equal({ ...REJECTION, policyVersion: null });
    expect(same?.fields).to.deep.equal(same?.fieldsLike(ours));
    expect(other?.saysTheSameAs(ours), 'another reason').to.equal(false);
    expect(stranger?.saysTheSameAs(ours), 'the same bytes').to.equal(true);
    expect(stranger).to.include({ writtenWith: undefined, fields: null });
    expect(torn, 'bytes that the schema of the id has not written').to.have.property('fields', null);
  });

  it('has one fingerprint an event type', () => {
    const codec = createSetUpCodec();
    const fingerprints = EVENT_TYPES.map((type) => codec.fingerprint(type).toString('hex'));
    expect(new Set(fingerprints)).to.have.property('size', 3);
    expect(fingerprints).to.deep.equal(
      EVENT_TYPES.map((type) => createSetUpCodec().fingerprint(type).toString('hex')),
    );
  });
});
