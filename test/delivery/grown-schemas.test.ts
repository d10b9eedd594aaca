import type { Type } from 'avsc';
import { expect } from 'chai';
import { text } from 'node:stream/consumers';
import { parseType } from '../../src/avro/avro-type.ts';
import { loadSchemas, subjectOf } from '../../src/avro/schema-files.ts';
import { EVENT_TYPES, type EventType } from '../../src/wire/event-types.ts';
import { createSchemaRegistry } from '../../src/avro/schema-registry.ts';
import { withBug } from '../support/bugs.ts';
import { manyCommands } from '../support/commands.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createGrownVersion, type GrownVersion } from '../support/other-version.ts';
import { expectPromisesKept } from '../support/promises.ts';
import { registrySettings } from '../support/registry.ts';
import { exitOf, followServe, startProcess } from '../support/serve-process.ts';

const schemas = loadSchemas();

describe('a version whose schema of each event has grown', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let newer: GrownVersion;
  /** The schemas that the registry has, by id. */
  let writers: Map<number, { readonly type: EventType; readonly writer: Type }>;
  before(() => {
    newer = createGrownVersion();
  });
  after(() => {
    newer.remove();
  });
  beforeEach(async () => {
    deployment = await createDeployment(2);
    const { code, stderr } = await runNewer('setup');
    expect(code, stderr).to.equal(0);
    writers = new Map();
    const registry = createSchemaRegistry(registrySettings());
    for (const type of EVENT_TYPES) {
      const subject = subjectOf(deployment.env['TOPIC_PREFIX']!, type);
      for (const version of (await registry.versions(subject)) ?? []) {
        const { id, schema } = await registry.version(subject, version);
        writers.set(id, { type, writer: parseType(schema) });
      }
    }
    expect(writers.size, 'two versions of each event').to.equal(6);
  });
  afterEach(() => deployment.remove());

  const runNewer = async (...args: string[]) => runNewerIn({}, ...args);

  const runNewerIn = async (env: Readonly<Record<string, string>>, ...args: string[]) => {
    const child = startProcess(args, { ...deployment.env, ...env }, newer);
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
    return { code, stdout, stderr };
  };

  /** The body as this version writes it. Fails unless the schema of its id has written exactly these bytes. */
  const inOurWords = (value: Buffer): Buffer => {
    const found = writers.get(value.readInt32BE(1));
    if (found === undefined) throw new Error(`nobody knows schema id ${String(value.readInt32BE(1))}`);
    const { type, writer } = found;
    const { station, ...event } = writer.fromBuffer(value.subarray(5)) as { station?: string };
    expect(station, 'the added field').to.be.oneOf([undefined, 'bar']);
    return schemas[type].type.toBuffer(event);
  };

  /** By version: how many events stand in the outputs. */
  const emittedBy = async () => {
    const counts = { older: 0, newer: 0 };
    for (const name of ['closed', 'summary', 'rejected'] as const) {
      for (const { value } of await deployment.read(deployment.names[name])) {
        const writer = writers.get(value!.readInt32BE(1))!.writer as unknown as { fields: unknown[] };
        counts[JSON.stringify(writer).includes('station') ? 'newer' : 'older'] += 1;
      }
    }
    return counts;
  };

  const expectVerified = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { code, stdout, stderr } = await runNewerIn(env, 'replay', 'verify');
    expect(code, stdout + stderr).to.equal(0);
  };

  it('works beside the older version, and each event has the schema that its id names', async () => {
    const older = await deployment.serve();
    await deployment.publish(...manyCommands(500));
    await deployment.settled();
    const second = await deployment.serve({}, { main: newer.main });
    await deployment.publish(...manyCommands(1_000, 500));
    older.signal('SIGTERM');
    await older.exited;
    await deployment.publish(...manyCommands(300, 1_500));
    await deployment.settled();
    second.signal('SIGTERM');
    expect(await second.exited).to.equal(0);

    await expectPromisesKept(deployment, { inOurWords });
    const counts = await emittedBy();
    expect(counts.older, 'events of the older').to.be.greaterThan(500);
    expect(counts.newer, 'events of the newer').to.be.greaterThan(300);
    await expectVerified();
  });

  it('emits the events that the older version has stored under the id of the older schema', async () => {
    const older = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish(
      { commandId: 'owed', runId: 'owed', channelId: 'bug' },
      { commandId: 'refused', runId: 'refused', channelId: 'bug', actorUserId: 'a stranger' },
    );
    expect(await older.exited).to.equal(1);
    await deployment.publish({ commandId: 'next', runId: 'next', channelId: 'bug' });
    await deployment.serve({}, { main: newer.main });
    await deployment.settled();
    await expectPromisesKept(deployment, { inOurWords });
    expect(await emittedBy()).to.deep.equal({ older: 3, newer: 2 });
    await expectVerified();
  });

  it('is followed by the older version again, which emits the events of the newer version under their id', async () => {
    await deployment.publish(...manyCommands(60));
    const failing = startProcess(['serve'], deployment.env, { main: newer.mainThatNeverEmits });
    void followServe(failing).ready.catch(() => undefined);
    expect(await exitOf(failing)).to.equal(1);
    expect(await deployment.outcomes()).to.be.empty;
    await deployment.serve();
    await deployment.publish(...manyCommands(20, 60));
    await deployment.settled();
    await expectPromisesKept(deployment, { inOurWords });
    const { newer: ofNewer } = await emittedBy();
    expect(ofNewer, 'events that the newer one has stored').to.be.greaterThan(0);
  });

  it('fills an empty database again from the events of both, byte for byte', async () => {
    const older = await deployment.serve();
    await deployment.publish(...manyCommands(300));
    await deployment.settled();
    older.signal('SIGTERM');
    await older.exited;
    const second = await deployment.serve({}, { main: newer.main });
    await deployment.publish(...manyCommands(300, 300));
    await deployment.settled();
    second.signal('SIGTERM');
    await second.exited;

    const database = await createEmptyDatabase();
    const env = { DATABASE_URL: database.settings.url };
    try {
      expect(await runNewerIn(env, 'setup')).to.include({ code: 0 });
      const third = await deployment.serve(env, { main: newer.main });
      await deployment.publish(...manyCommands(40, 600));
      await deployment.settled();
      third.signal('SIGTERM');
      expect(await third.exited).to.equal(0);
      await expectPromisesKept({ ...deployment, database }, { inOurWords });
      await expectVerified(env);
      const rebuilt = await runNewerIn(env, 'replay', 'rebuild', '--json');
      expect(rebuilt.code, rebuilt.stdout + rebuilt.stderr).to.equal(0);
      expect(JSON.parse(rebuilt.stdout)).to.include({ contradictions: 0, differences: 0 });
    } finally {
      await database.remove();
    }
  });

  it('copies the events of both as they are', async () => {
    const older = await deployment.serve();
    await deployment.publish(...manyCommands(40));
    await deployment.settled();
    older.signal('SIGTERM');
    await older.exited;
    await deployment.serve({}, { main: newer.main });
    await deployment.publish(...manyCommands(40, 40));
    await deployment.settled();

    const target = `${deployment.groupId}.copies`;
    await deployment.admin.createTopics({
      topics: [{ topic: target, numPartitions: 2 }],
      waitForLeaders: true,
    });
    try {
      const { code, stderr } = await runNewer('replay', 'emit', '--to-topic', target, '--yes');
      expect(code, stderr).to.equal(0);
      const valuesIn = async (topic: string) =>
        (await deployment.read(topic)).map(({ value }) => value!.toString('hex')).sort();
      expect(await valuesIn(target)).to.deep.equal(await valuesIn(deployment.names.closed));
    } finally {
      await deployment.admin.deleteTopics({ topics: [target] });
    }
  });
});
