import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { createRecordDecoders } from '../../../src/avro/record-decoders.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { readFrame } from '../../../src/wire/frame.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { createPartitionReader } from '../../../src/kafka/read/partition-reader.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { PublishFailure } from '../../../src/sdk/publish-failure.ts';
import type { RunClosePublisher } from '../../../src/sdk/publisher.ts';
import { createRunClosePublisher } from '../../../src/sdk/run-close-publisher.ts';
import { aCommand } from '../../support/commands.ts';
import { root } from '../../support/readme.ts';
import { deleteSubjects } from '../../support/registry.ts';
import { createRunTopics, type RunTopics } from '../../support/run-topics.ts';

const PARTITIONS = 4;

describe('The publisher of commands', () => {
  const schemas = loadSchemas();
  let topics: RunTopics;
  let publisher: RunClosePublisher;

  before(async () => {
    topics = await createRunTopics(PARTITIONS);
  });

  after(() => topics.remove());

  beforeEach(() => {
    publisher = createRunClosePublisher(topics);
  });

  afterEach(() => publisher.close());

  const recordAt = async (partition: number, offset: number): Promise<LogRecord> => {
    const reader = createPartitionReader(topics.client);
    try {
      const range = { topic: topics.names.requested, partition, from: offset, to: offset + 1 };
      for await (const record of reader.read([range])) return record;
      return expect.fail('there is no such record');
    } finally {
      await reader.close();
    }
  };

  const decoded = async (record: LogRecord): Promise<RunCloseRequested> => {
    const registry = createSchemaRegistry(topics.registry);
    const ownSchemas = { missing: () => Promise.resolve([]) };
    const decode = createRecordDecoders({ schemas, registry, ownSchemas })['run.close.requested'];
    const [result] = await decode([record.value]);
    return result?.kind === 'value' ? result.value : expect.fail('it cannot be decoded');
  };

  const failure = (attempt: Promise<unknown>): Promise<{ code: string; message: string; kind: string }> =>
    attempt.then(() => expect.fail('it was published'), failureOf);

  it('returns the position of each command, where the log holds it with the channel as its key', async () => {
    const commands = Array.from({ length: 20 }, (_, i) =>
      aCommand({ commandId: `c-${i}`, channelId: `C${i % 5}` }),
    );
    const published = await publisher.publish(commands);
    expect(published.map(({ commandId }) => commandId)).to.deep.equal(
      commands.map(({ commandId }) => commandId),
    );
    for (const [i, { topic, partition, offset }] of published.entries()) {
      expect(topic).to.equal(topics.names.requested);
      const record = await recordAt(partition, offset);
      expect(record.key?.toString()).to.equal(commands[i]?.channelId);
      expect(await decoded(record)).to.deep.equal(commands[i]);
    }
  });

  it('keeps a channel in one partition, and its commands in their order', async () => {
    const [first, second] = await publisher.publish([
      aCommand({ commandId: 'a' }),
      aCommand({ commandId: 'b' }),
    ]);
    expect(second?.partition).to.equal(first?.partition);
    expect(second?.offset).to.equal((first?.offset ?? 0) + 1);
  });

  it('fills in an id, a time and the defaults, and returns id and time', async () => {
    const { runId, channelId, initiatorUserId, actorUserId } = aCommand();
    const [published] = await publisher.publish({
      runId,
      channelId,
      initiatorUserId,
      actorUserId,
      orders: [],
    });
    const command = await decoded(await recordAt(published?.partition ?? -1, published?.offset ?? -1));
    expect(command).to.include({ allowConsecutiveRunner: false, correlationId: null });
    expect(published).to.include({ commandId: command.commandId, requestedAt: command.requestedAt });
  });

  it('writes the headers it is given', async () => {
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const [published] = await publisher.publish(aCommand(), { headers });
    const record = await recordAt(published?.partition ?? -1, published?.offset ?? -1);
    expect(record.headers).to.deep.equal([['traceparent', Buffer.from(headers.traceparent)]]);
    expect(readFrame(record.value)).to.have.property('kind', 'framed');
  });

  it('refuses a command that would be rejected as invalid, and sends none of the others', async () => {
    const { high } = await bounds();
    const invalid = aCommand({
      commandId: 'bad',
      orders: aCommand().orders.map((order) => ({ ...order, quantity: 0 })),
    });
    const refused = await failure(publisher.publish([aCommand(), invalid]));
    expect(refused).to.include({ kind: 'fatal', code: 'INVALID_COMMAND' });
    expect(refused.message).to.equal(
      'command bad would be rejected: orders[0].quantity: must be 1 to 100, and is less',
    );
    expect(await failure(publisher.publish({ ...aCommand(), orders: 'none' } as never))).to.include({
      code: 'WRONG_USE',
    });
    expect((await bounds()).high).to.equal(high);
  });

  it('publishes invalid commands too, when it is told to', async () => {
    const careless = createRunClosePublisher({ ...topics, invalidCommands: 'publish' });
    try {
      expect(await careless.publish(aCommand({ runId: '' }))).to.have.lengthOf(1);
    } finally {
      await careless.close();
    }
  });

  it('gives back the commands, with the fields that were filled in, if they could not be published', async () => {
    const registryAway = createRunClosePublisher({ ...topics, registry: { url: 'http://127.0.0.1:1' } });
    const { commandId: _, requestedAt: __, ...command } = aCommand();
    const thrown = await registryAway.publish([command, command]).catch((it: unknown) => it);
    await registryAway.close();
    if (!(thrown instanceof PublishFailure)) return expect.fail('it tells no commands');
    expect(thrown).to.include({ kind: 'transient', code: 'REGISTRY_UNAVAILABLE', outcome: 'not sent' });
    const [first, second] = await publisher.publish(thrown.commands);
    expect(thrown.commands.map(({ commandId }) => commandId)).to.deep.equal([
      first?.commandId,
      second?.commandId,
    ]);
    expect(first?.commandId).to.be.a('string').that.does.not.equal(second?.commandId);
  });

  it('publishes nothing once it is closed', async () => {
    const closed = createRunClosePublisher(topics);
    await closed.publish(aCommand());
    const last = closed.publish(aCommand());
    await closed.close();
    expect(await last).to.have.lengthOf(1);
    expect(await failure(closed.publish(aCommand()))).to.include({ kind: 'fatal', code: 'PUBLISHER_CLOSED' });
  });

  it('names what is missing: the schema, the topic, a server', async () => {
    const unknown = createRunClosePublisher({ ...topics, topicPrefix: 'nowhere.' });
    const registryAway = createRunClosePublisher({ ...topics, registry: { url: 'http://127.0.0.1:1' } });
    try {
      expect(await failure(unknown.publish(aCommand()))).to.include({ code: 'SCHEMA_NOT_REGISTERED' });
      expect(await failure(registryAway.publish(aCommand()))).to.include({ code: 'REGISTRY_UNAVAILABLE' });
    } finally {
      await Promise.all([unknown.close(), registryAway.close()]);
      await deleteSubjects('nowhere.');
    }
  });

  it('lets a process end that has forgotten to close it', async () => {
    const { kafka, registry, topicPrefix } = topics;
    const script = `
      import { createRunClosePublisher } from './src/sdk/run-close-publisher.ts';
      const publisher = createRunClosePublisher(${JSON.stringify({ kafka, registry, topicPrefix })});
      const [published] = await publisher.publish(${JSON.stringify(aCommand())});
      await publisher.outcomeOf({ channelId: 'C1', commandId: 'none' });
      console.log(published.commandId);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 });
    expect(stdout).to.equal('command-1\n');
  }).timeout(70_000);

  const bounds = async (): Promise<{ high: number }> => {
    const reader = createPartitionReader(topics.client);
    try {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: topics.names.requested,
        partition,
      }));
      return { high: (await reader.bounds(partitions)).reduce((sum, { high }) => sum + high, 0) };
    } finally {
      await reader.close();
    }
  };
});
