import { expect } from 'chai';
import { registerSchemas, type RegisterSchemasDeps } from '../../../src/avro/register-schemas.ts';
import { loadSchemas, RECORD_TOPICS, subjectOf } from '../../../src/avro/schema-files.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from '../../support/registry.ts';

const schemas = loadSchemas();

describe('Registering the schemas', () => {
  let deps: RegisterSchemasDeps;

  beforeEach(() => {
    const settings = registrySettings();
    deps = { settings, registry: createSchemaRegistry(settings), schemas, topicPrefix: uniquePrefix() };
  });

  afterEach(async () => {
    await deleteSubjects(deps.topicPrefix);
  });

  /** As somebody else would, who knows nothing of us. */
  const put = async (subject: string, schema: string): Promise<void> => {
    const answer = await fetch(`${deps.settings.url}/subjects/${encodeURIComponent(subject)}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema }),
    });
    expect(answer.status).to.equal(200);
  };

  it('registers each under its subject, fully compatible for ever, and says so', async () => {
    const registered = await registerSchemas(deps);
    expect(registered.map(({ subject }) => subject)).to.deep.equal(
      RECORD_TOPICS.map((topic) => subjectOf(deps.topicPrefix, topic)),
    );
    for (const { schemaId, changes } of registered) {
      expect(changes).to.deep.equal([
        'compatibility FULL_TRANSITIVE',
        `schema registered, id ${String(schemaId)}`,
      ]);
    }
    for (const topic of RECORD_TOPICS) {
      const subject = subjectOf(deps.topicPrefix, topic);
      expect(await deps.registry.compatibility(subject)).to.equal('FULL_TRANSITIVE');
      expect(await deps.registry.schemaId(subject, schemas[topic].json)).to.equal(
        registered.find((each) => each.subject === subject)?.schemaId,
      );
    }
  });

  it('ends well for each of several who do so at once', async () => {
    for (let round = 0; round < 4; round += 1) {
      const prefixed = { ...deps, topicPrefix: uniquePrefix() };
      try {
        const results = await Promise.all(Array.from({ length: 6 }, () => registerSchemas(prefixed)));
        const ids = results.map((registered) => registered.map(({ schemaId }) => schemaId));
        expect(ids).to.deep.equal(Array(6).fill(ids[0]));
        expect((await registerSchemas(prefixed)).flatMap(({ changes }) => changes)).to.deep.equal([]);
      } finally {
        await deleteSubjects(prefixed.topicPrefix);
      }
    }
  });

  it('changes nothing the second time', async () => {
    const first = await registerSchemas(deps);
    const second = await registerSchemas(deps);
    expect(second).to.deep.equal(first.map((subject) => ({ ...subject, changes: [] })));
  });

  it('registers missing schemas, and changes no others', async () => {
    await put(`${deps.topicPrefix}run.closed-value`, schemas['run.closed'].json);
    const changes = (await registerSchemas(deps)).map(({ changes: { length } }) => length);
    expect(changes).to.deep.equal([2, 1, 2, 2]);
    await deps.registry.setCompatibility(`${deps.topicPrefix}run.summary-value`, 'NONE');
    expect((await registerSchemas(deps)).flatMap((subject) => subject.changes)).to.deep.equal([
      'compatibility FULL_TRANSITIVE',
    ]);
  });

  it('stops if the registry has an incompatible version, and names it', async () => {
    await put(`${deps.topicPrefix}run.closed-value`, '{"type":"record","name":"Other","fields":[]}');
    const failure = await registerSchemas(deps).then(() => expect.fail('it was registered'), failureOf);
    expect(failure).to.include({ kind: 'fatal', code: 'SCHEMA_REFUSED' });
    expect(failure.message).to.include(
      `registering the schema of ${deps.topicPrefix}run.closed-value: refused`,
    );
  });

  it('leaves it to the registry to refuse a later version that is incompatible', async () => {
    await registerSchemas(deps);
    const json = schemas['run.closed'].json.replace('"name":"eventId"', '"name":"id"');
    const changed = { ...schemas, 'run.closed': { ...schemas['run.closed'], json } };
    const failure = await registerSchemas({ ...deps, schemas: changed }).then(() => undefined, failureOf);
    expect(failure).to.include({ code: 'SCHEMA_REFUSED' });
  });

  it('is an outage if no registry answers', async () => {
    const settings = { url: 'http://127.0.0.1:1' };
    const away = { ...deps, settings, registry: createSchemaRegistry(settings) };
    expect(await registerSchemas(away).then(() => undefined, failureOf)).to.include({
      code: 'REGISTRY_UNAVAILABLE',
    });
    const unregistered = { ...deps, settings };
    expect(await registerSchemas(unregistered).then(() => undefined, failureOf)).to.include({
      kind: 'transient',
    });
  });
});
