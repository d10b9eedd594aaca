import { expect } from 'chai';
import { parseType } from '../../../src/avro/avro-type.ts';
import { createRecordCodec } from '../../../src/avro/record-codec.ts';
import { registerSchemas } from '../../../src/avro/register-schemas.ts';
import { loadSchemas, RECORD_TOPICS } from '../../../src/avro/schema-files.ts';
import { createSchemaIds, type SchemaIds } from '../../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import type { RecordCodec } from '../../../src/processor/ports/record-codec.ts';
import { frame, readFrame } from '../../../src/wire/frame.ts';
import { aCommand } from '../../support/commands.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from '../../support/registry.ts';

const schemas = loadSchemas();
const body = schemas['run.close.requested'].type.toBuffer(aCommand());

describe('The codec with a real registry', () => {
  const settings = registrySettings();
  const registry = createSchemaRegistry(settings);
  let topicPrefix: string;
  let schemaIds: SchemaIds;
  let codec: RecordCodec;
  let otherSubjects: readonly [string, string];

  beforeEach(() => {
    topicPrefix = uniquePrefix();
    otherSubjects = [`${topicPrefix}other-value`, `${topicPrefix}referred-value`];
    schemaIds = createSchemaIds({ registry, schemas, topicPrefix, topics: RECORD_TOPICS });
    codec = createRecordCodec({ schemas, registry, schemaIds, topicPrefix });
  });

  afterEach(async () => {
    await deleteSubjects(topicPrefix, ...otherSubjects);
  });

  const register = async (subject: string, content: Readonly<Record<string, unknown>>): Promise<number> => {
    const answer = await fetch(`${settings.url}/subjects/${encodeURIComponent(subject)}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(content),
    });
    const { id, message } = (await answer.json()) as { id: number; message?: string };
    expect(answer.status, message).to.equal(200);
    return id;
  };

  const codeOf = async (value: Buffer): Promise<string> => {
    const [decoded] = await codec.decode([value]);
    return decoded?.kind === 'poison' ? decoded.poison.code : String(decoded?.kind);
  };

  it('reads commands and frames events, once setup has run', async () => {
    expect(await schemaIds.missing()).to.have.lengthOf(4);
    expect(await codec.framer().then(() => undefined, failureOf)).to.include({
      code: 'SCHEMA_NOT_REGISTERED',
    });
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    expect(await schemaIds.missing()).to.deep.equal([]);
    const ids = await schemaIds.current();
    expect(await codec.decode([frame(ids['run.close.requested'], body)])).to.deep.equal([
      { kind: 'command', command: aCommand() },
    ]);
    const framed = (await codec.framer())('run.closed', body);
    expect(readFrame(framed)).to.deep.equal({ kind: 'framed', schemaId: ids['run.closed'] });
  });

  it('believes that an id is unknown only when our own schemas are known', async () => {
    const ids = [0x7fffffff, 0, -1, -(2 ** 31)];
    for (const id of ids) {
      const failure = await codec.decode([frame(id, body)]).then(() => undefined, failureOf);
      expect(failure, String(id)).to.include({ kind: 'transient', code: 'REGISTRY_LOST_SCHEMAS' });
    }
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    for (const id of ids) expect(await codeOf(frame(id, body)), String(id)).to.equal('UNKNOWN_SCHEMA_ID');
  });

  it('reads records of a later version of the schema, under the same subject', async () => {
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    const later = schemas['run.close.requested'].json.replace(
      '"fields":[',
      '"fields":[{"name":"locale","type":"string","default":"en"},',
    );
    const id = await register(`${topicPrefix}run.close.requested-value`, { schema: later });
    const written = parseType(later).toBuffer({ ...aCommand(), locale: 'de' });
    expect(await codec.decode([frame(id, written)])).to.deep.equal([
      { kind: 'command', command: aCommand() },
    ]);
  });

  it('reads what the registry takes for compatible: the same records in the namespaces of another language', async () => {
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    const command = JSON.parse(schemas['run.close.requested'].json) as {
      namespace: string;
      fields: { name: string; type: { items: { namespace?: string } } }[];
    };
    command.namespace = 'com.acme.runs';
    command.fields.find(({ name }) => name === 'orders')!.type.items.namespace = 'com.acme.orders';
    const id = await register(`${topicPrefix}run.close.requested-value`, { schema: JSON.stringify(command) });
    expect(await codec.decode([frame(id, body)])).to.deep.equal([{ kind: 'command', command: aCommand() }]);
  });

  it('reads what was written with a schema that refers to another', async () => {
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    const command = JSON.parse(schemas['run.close.requested'].json) as {
      fields: { name: string; type: unknown }[];
    };
    const orders = command.fields.find(({ name }) => name === 'orders')?.type as { items: object };
    await register(otherSubjects[1], { schema: JSON.stringify({ ...orders.items, namespace: 'runclose' }) });
    Object.assign(orders, { items: 'runclose.Order' });
    const references = [{ name: 'runclose.Order', subject: otherSubjects[1], version: 1 }];
    const id = await register(otherSubjects[0], { schema: JSON.stringify(command), references });
    expect(await codec.decode([frame(id, body)])).to.deep.equal([{ kind: 'command', command: aCommand() }]);
  });

  it("cannot read what was written with another record's schema, or with no Avro schema", async () => {
    await registerSchemas({ settings, registry, schemas, topicPrefix });
    const ids = await schemaIds.current();
    expect(await codeOf(frame(ids['run.summary'], body))).to.equal('UNDECODABLE');
    const schema = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}';
    const id = await register(otherSubjects[0], { schemaType: 'JSON', schema });
    expect(await codeOf(frame(id, Buffer.from('{}')))).to.equal('UNDECODABLE');
  });
});
