import { expect } from 'chai';
import sinon from 'sinon';
import { createRecordDecoder, type RecordDecoder } from '../../../src/avro/record-decoder.ts';
import { CONFIRMED_MS, createRecordReaders, type RecordReaders } from '../../../src/avro/record-readers.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { frame } from '../../../src/wire/frame.ts';
import { aCommand } from '../../support/commands.ts';
import {
  createInMemorySchemaRegistry,
  type InMemorySchemaRegistry,
} from '../../support/in-memory/schema-registry.ts';

const { json, type } = loadSchemas()['run.close.requested'];
const command = aCommand();
const body = type.toBuffer(command);

describe('What was written with a schema id', () => {
  let clock: sinon.SinonFakeTimers;
  let registry: InMemorySchemaRegistry;
  let readers: RecordReaders<RunCloseRequested>;
  let decode: RecordDecoder<RunCloseRequested>;
  let missing: string[];

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    registry = createInMemorySchemaRegistry();
    missing = [];
    readers = createRecordReaders({
      registry,
      ownSchemas: { missing: () => Promise.resolve(missing) },
      readerType: type,
    });
    decode = createRecordDecoder(readers);
  });

  afterEach(() => {
    clock.restore();
  });

  const outcomesOf = async (values: readonly (Buffer | null)[]): Promise<string[]> =>
    (await decode(values)).map((result) => (result.kind === 'value' ? 'value' : result.poison.code));

  const failureCode = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'none',
      (error: unknown) => failureOf(error).code,
    );

  it('is read, in order, between records that cannot be', async () => {
    const id = registry.put('s', json);
    const values = [
      frame(id, body),
      null,
      Buffer.alloc(4),
      frame(id, body.subarray(1)),
      Buffer.alloc(9, 1),
      frame(id, body),
    ];
    expect(await outcomesOf(values)).to.deep.equal([
      'value',
      'NULL_VALUE',
      'TOO_SHORT',
      'UNDECODABLE',
      'WRONG_MAGIC_BYTE',
      'value',
    ]);
    expect((await decode([frame(id, body)]))[0]).to.deep.equal({ kind: 'value', value: command });
  });

  it('is read without the registry, once its schema is known', async () => {
    const id = registry.put('s', json);
    await decode([frame(id, body)]);
    registry.state = 'away';
    await clock.tickAsync(3_600_000);
    expect(await outcomesOf([frame(id, body)])).to.deep.equal(['value']);
    expect(registry.requests.schema).to.equal(1);
  });

  it('waits for the registry if its schema is unknown', async () => {
    registry.state = 'away';
    expect(await failureCode(decode([frame(1, body)]))).to.equal('REGISTRY_UNAVAILABLE');
    registry.state = 'answering';
    expect(await outcomesOf([frame(registry.put('s', json), body)])).to.deep.equal(['value']);
  });

  it('is poison if the registry does not know the id, even when asked again after a moment', async () => {
    const burst = Array<Buffer>(100).fill(frame(7, body));
    expect(await outcomesOf(burst)).to.deep.equal(Array(100).fill('UNKNOWN_SCHEMA_ID'));
    expect(await outcomesOf(burst)).to.deep.equal(Array(100).fill('UNKNOWN_SCHEMA_ID'));
    expect(registry.requests.schema).to.equal(1);
    registry.put('s', json, { id: 7 });
    await clock.tickAsync(CONFIRMED_MS);
    expect(await outcomesOf([frame(7, body)])).to.deep.equal(['value']);
  });

  it('is not poison if the registry does not know our own schemas either: it has lost its data', async () => {
    missing = ['run.closed-value'];
    const failure = await decode([frame(7, body)]).then(() => undefined, failureOf);
    expect(failure).to.include({ kind: 'transient', code: 'REGISTRY_LOST_SCHEMAS' });
    expect(failure?.message).to.include('schema id 7').and.include('run.closed-value');
    missing = [];
    expect(await outcomesOf([frame(7, body)])).to.deep.equal(['UNKNOWN_SCHEMA_ID']);
  });

  it('is asked for many ids at a time, if garbage names many', async () => {
    const garbage = Array.from({ length: 1_000 }, (_, i) => frame(i + 100, body));
    expect(await outcomesOf(garbage)).to.deep.equal(Array(1_000).fill('UNKNOWN_SCHEMA_ID'));
    expect(registry.requests.schema).to.equal(1_000);
  });

  it('is given up only after the registry confirmed the schema once more', async () => {
    const id = registry.put('s', '"string"');
    expect(await outcomesOf([frame(id, body)])).to.deep.equal(['UNDECODABLE']);
    registry.put('s', json, { id });
    expect(await outcomesOf([frame(id, body)])).to.deep.equal(['UNDECODABLE']);
    await clock.tickAsync(CONFIRMED_MS);
    expect(await outcomesOf([frame(id, body), frame(id, body.subarray(1))])).to.deep.equal([
      'value',
      'UNDECODABLE',
    ]);
    expect(registry.requests.schema).to.equal(2);
  });

  it('is not given up while the registry cannot confirm the schema', async () => {
    const id = registry.put('s', json);
    await decode([frame(id, body)]);
    await clock.tickAsync(CONFIRMED_MS);
    registry.state = 'away';
    expect(await failureCode(decode([frame(id, body.subarray(1))]))).to.equal('REGISTRY_UNAVAILABLE');
  });
});
