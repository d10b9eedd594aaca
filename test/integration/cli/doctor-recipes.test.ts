import { expect } from 'chai';
import type { FindingCode } from '../../../src/operations/doctor/findings.ts';
import { until } from '../../support/condition.ts';
import { manyCommands } from '../../support/commands.ts';
import { removeDeadMembers } from '../../support/dead-members.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { runPrinted } from '../../support/printed-commands.ts';
import { createRawProducer } from '../../support/raw-producers.ts';
import { configureTopic, deleteTopics, testKafka } from '../../support/topics.ts';

type Found = {
  readonly status: string;
  readonly code: FindingCode | null;
  readonly message: string;
  readonly advice: string | null;
  readonly command: string | null;
};

/** An operator who runs what doctor prints needs no more rounds than this. */
const MAX_ROUNDS = 3;

describe('What `runclose doctor` prints mends', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(2);
    const serving = await deployment.serve();
    await deployment.publish(...manyCommands(20));
    await deployment.settled();
    serving.signal('SIGTERM');
    await serving.exited;
  });
  afterEach(() => deployment.remove());

  const examine = async (): Promise<readonly Found[]> => {
    const { code, stdout, stderr } = await deployment.runclose('doctor', '--json');
    expect(code, stderr).to.be.oneOf([0, 2]);
    return jsonLines<Found>(stdout).filter(
      ({ status, code: found }) => status === 'fault' || (status === 'warning' && found !== 'group-empty'),
    );
  };

  /** Runs each printed command until doctor is content. Returns the codes in the order in which they were found. */
  const mended = async (): Promise<readonly (FindingCode | null)[]> => {
    const codes = new Set<FindingCode | null>();
    for (let rounds = 0; ; rounds += 1) {
      const faults = await examine();
      for (const { code } of faults) codes.add(code);
      if (faults.length === 0) return [...codes];
      expect(rounds, JSON.stringify(faults)).to.be.below(MAX_ROUNDS);
      for (const command of new Set(faults.map((fault) => fault.command))) {
        expect(command, JSON.stringify(faults)).not.to.equal(null);
        await runPrinted(command ?? '', { ...deployment.env });
      }
    }
  };

  /** Afterwards, `serve` decides again. */
  const decides = async (): Promise<void> => {
    const serving = await deployment.serve();
    await deployment.publish(...manyCommands(20, 1_000));
    await deployment.settled();
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  const configure = (topic: string, settings: Record<string, string>) =>
    configureTopic(deployment.admin, topic, settings);

  const registry = (method: string, path: string): Promise<Response> =>
    fetch(`${deployment.env['SCHEMA_REGISTRY_URL'] ?? ''}${path}`, { method });

  it('a topic that needs more replicas than it has', async () => {
    await configure(deployment.names.closed, { 'min.insync.replicas': '2' });
    expect(await mended()).to.include('min-insync-replicas-high');
    await decides();
  });

  it('dead letters that are limited in time', async () => {
    await configure(deployment.names.deadLetters, {
      'message.timestamp.before.max.ms': '3600000',
      'message.timestamp.after.max.ms': '60000',
    });
    expect(await mended()).to.include('dead-letter-times-limited');
  });

  it('commands that are compacted and deleted, and limited in size', async () => {
    await configure(deployment.names.requested, {
      'cleanup.policy': 'compact,delete',
      'retention.bytes': '1048576',
      'retention.ms': '2592000000',
      'message.timestamp.type': 'LogAppendTime',
    });
    expect(await mended()).to.have.members(['topic-compacted', 'retention-limited-by-size']);
  });

  it('schemas that the registry has lost', async () => {
    const subjects = Object.values(deployment.names)
      .filter((name) => name !== deployment.names.deadLetters)
      .map((name) => `${name}-value`);
    for (const subject of subjects) {
      expect((await registry('DELETE', `/subjects/${subject}`)).status).to.equal(200);
      await registry('DELETE', `/subjects/${subject}?permanent=true`);
    }
    expect(await mended()).to.deep.equal(['schema-not-registered']);
    await decides();
  });

  it('all topics missing, in an installation that has decided', async () => {
    await deleteTopics(deployment.admin, Object.values(deployment.names));
    expect(await mended()).to.include.members(['topic-missing', 'input-recreated']);
    await decides();
  });

  it('an offset of the group beyond the end of the log', async () => {
    const { admin, groupId, names } = deployment;
    await admin.setOffsets({
      groupId,
      topic: names.requested,
      partitions: [{ partition: 0, offset: '100000' }],
    });
    expect(await mended()).to.include('input-recreated');
    await decides();
  });

  it('commands that retention removed before they were decided', async () => {
    const { admin, names } = deployment;
    await deployment.publish(...manyCommands(40, 100));
    const ends = await admin.fetchTopicOffsets(names.requested);
    await admin.deleteTopicRecords({
      topic: names.requested,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
    expect(await mended()).to.deep.equal(['input-gap']);
    await decides();
  });

  it('the commands of a process that was killed, before Kafka knows that it is dead', async () => {
    const serving = await deployment.serve();
    serving.signal('SIGKILL');
    await serving.exited;
    await deployment.publish(...manyCommands(20, 100));
    await until('the commands have waited', async () => (await examine()).length > 0, 30_000);
    const [fault, ...others] = await examine();
    expect([fault?.code, others]).to.deep.equal(['lag-too-old', []]);
    await removeDeadMembers(deployment);
    await decides();
    expect(await examine()).to.deep.equal([]);
  });

  it('a transaction that holds the commands back', async () => {
    const intruder = await createRawProducer(
      { client: testKafka(), groupId: deployment.groupId },
      'intruder',
      600_000,
    );
    await intruder.write(deployment.names.requested, 'open');
    const began = performance.now();
    await until(
      'it has been open for longer than any batch',
      () => performance.now() - began > 21_000,
      60_000,
    );
    expect(await mended()).to.deep.equal(['input-held-back']);
    await decides();
    await intruder.close();
  });

  for (const right of [
    'REVOKE USAGE ON SCHEMA runclose FROM runclose_processor',
    'REVOKE ALL ON ALL TABLES IN SCHEMA runclose FROM runclose_processor',
    'REVOKE EXECUTE ON FUNCTION runclose.create_decision_event_days() FROM runclose_processor',
  ])
    it(`a role that lacks a right: ${right}`, async () => {
      await deployment.database.query(right);
      expect(await mended()).to.deep.equal(['postgres-right-missing']);
      await decides();
    });

  for (const name of ['pg_is_in_recovery', 'current_setting'])
    it(`a right on a function of Postgres itself, which setup cannot grant: ${name}`, async () => {
      await deployment.database.query(`
        DO $$ DECLARE it regprocedure; BEGIN
          FOR it IN SELECT oid FROM pg_proc WHERE proname = '${name}' AND pronamespace = 'pg_catalog'::regnamespace
          LOOP EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || it || ' FROM PUBLIC'; END LOOP;
        END $$`);
      const [fault, ...others] = await examine();
      expect([fault?.code, others]).to.deep.equal(['postgres-misconfigured', []]);
      const [grant = ''] = /GRANT EXECUTE [^;]+/.exec(fault?.message ?? '') ?? [];
      await deployment.database.query(grant);
      expect(await examine()).to.deep.equal([]);
      await decides();
    });

  it('indexes and constraints that were dropped', async () => {
    for (const dropped of [
      'DROP INDEX runclose.decision_source, runclose.decision_closed_run',
      'ALTER TABLE runclose.decision DROP CONSTRAINT decision_pkey, DROP CONSTRAINT decision_outcome_check',
      'ALTER TABLE runclose.decision_event DROP CONSTRAINT decision_event_pkey',
      'ALTER TABLE runclose.partition_lease DROP CONSTRAINT partition_lease_source_id_key',
      // Not unique, so it prevents nothing.
      'CREATE INDEX decision_source ON runclose.decision (source_id, source_offset)',
    ])
      await deployment.database.query(dropped);
    const faults = await examine();
    expect(faults.map(({ code }) => code)).to.deep.equal(Array.from({ length: 6 }, () => 'schema-damaged'));
    for (const { advice } of faults) {
      const [, statements = ''] = /runs: (.+)$/.exec(advice ?? '') ?? [];
      await deployment.database.query(statements);
    }
    expect(await examine()).to.deep.equal([]);
    await decides();
  });
});
