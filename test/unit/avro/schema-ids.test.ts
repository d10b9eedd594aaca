import { expect } from 'chai';
import sinon from 'sinon';
import { loadSchemas, RECORD_TOPICS, subjectOf } from '../../../src/avro/schema-files.ts';
import { createSchemaIds, type SchemaIds } from '../../../src/avro/schema-ids.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import {
  createInMemorySchemaRegistry,
  type InMemorySchemaRegistry,
} from '../../support/in-memory/schema-registry.ts';

const schemas = loadSchemas();

describe('The ids of our own schemas', () => {
  let clock: sinon.SinonFakeTimers;
  let registry: InMemorySchemaRegistry;
  let ids: SchemaIds;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    registry = createInMemorySchemaRegistry();
    ids = createSchemaIds({ registry, schemas, topicPrefix: 'test.', topics: RECORD_TOPICS });
  });

  afterEach(() => {
    clock.restore();
  });

  const setUp = (): void => {
    for (const topic of RECORD_TOPICS) registry.put(subjectOf('test.', topic), schemas[topic].json);
  };

  const failureCode = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'none',
      (error: unknown) => failureOf(error).code,
    );

  it('are those of the subjects under the prefix', async () => {
    setUp();
    expect(await ids.current()).to.deep.equal({
      'run.close.requested': 1,
      'run.closed': 2,
      'run.summary': 3,
      'run.close.rejected': 4,
    });
  });

  it('are not there before the schemas are registered, which setup does', async () => {
    registry.put('test.run.closed-value', schemas['run.closed'].json);
    const failure = await ids.current().then(() => undefined, failureOf);
    expect(failure).to.include({ kind: 'transient', code: 'SCHEMA_NOT_REGISTERED' });
    expect(failure?.message)
      .to.include('test.run.close.requested-value, test.run.summary-value, test.run.close.rejected-value')
      .and.include('runclose setup');
    expect(await ids.missing()).to.have.lengthOf(3);
    setUp();
    expect(await ids.missing()).to.deep.equal([]);
    expect(await ids.current()).to.include({ 'run.closed': 1 });
  });

  it('are asked for once in five seconds, however often they are used', async () => {
    setUp();
    for (let i = 0; i < 50; i++) {
      await ids.current();
      await clock.tickAsync(100);
    }
    expect(registry.requests.schemaId).to.equal(4);
    await ids.current();
    expect(registry.requests.schemaId).to.equal(8);
  });

  it('change when the registry comes back with others', async () => {
    setUp();
    await ids.current();
    registry.forget(40);
    setUp();
    await clock.tickAsync(5_000);
    expect(await ids.current()).to.include({ 'run.close.requested': 40, 'run.close.rejected': 43 });
  });

  it('are gone when the registry comes back without the schemas', async () => {
    setUp();
    await ids.current();
    registry.forget(40);
    await clock.tickAsync(5_000);
    expect(await failureCode(ids.current())).to.equal('SCHEMA_NOT_REGISTERED');
    expect(await failureCode(ids.current())).to.equal('SCHEMA_NOT_REGISTERED');
  });

  it('work while the registry is down', async () => {
    setUp();
    const before = await ids.current();
    registry.state = 'away';
    await clock.tickAsync(60_000);
    expect(await ids.current()).to.deep.equal(before);
  });

  it('are not known at all when the registry was away from the start', async () => {
    registry.state = 'away';
    expect(await failureCode(ids.current())).to.equal('REGISTRY_UNAVAILABLE');
  });

  it('wait a quarter of a second at most for a registry that hangs, and only once in five seconds', async () => {
    setUp();
    const before = await ids.current();
    registry.state = 'hanging';
    await clock.tickAsync(5_000);
    const waiting = ids.current();
    await clock.tickAsync(250);
    expect(await waiting).to.deep.equal(before);
    expect(await ids.current()).to.deep.equal(before);
  });
});
