import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { FindingCode } from '../../../src/operations/doctor/findings.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { runcloseHere } from '../../support/command-line.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { runPrinted } from '../../support/printed-commands.ts';
import { createRawProducer, type RawProducer } from '../../support/raw-producers.ts';
import { exitOf, startProcess } from '../../support/serve-process.ts';
import { configureTopic, deleteTopics, testKafka } from '../../support/topics.ts';

type Found = {
  readonly status: string;
  readonly code: FindingCode | null;
  readonly message: string;
  readonly means: string | null;
  readonly advice: string | null;
  readonly command: string | null;
};

const SHIFTED_CLOCK = fileURLToPath(new URL('../../support/shifted-clock.mjs', import.meta.url));
const PARTITIONS = 2;

/** Its commands stay in their partition when a test adds one. */
const CHANNEL =
  ['C1', 'C2', 'C3', 'C4', 'C5', 'C6'].find(
    (id) => partitionOf(Buffer.from(id), PARTITIONS) === partitionOf(Buffer.from(id), PARTITIONS + 1),
  ) ?? '';

/** An operator who runs what doctor prints needs no more rounds than this. */
const MAX_ROUNDS = 4;

describe('runclose doctor', function () {
  this.timeout(300_000);
  let deployment: Deployment;
  let env: Record<string, string>;
  let intruder: RawProducer;
  let began: number;
  let folder: string;
  let whileServing: readonly Found[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-doctor-'));
    deployment = await createDeployment(PARTITIONS);
    env = { ...deployment.env, STARTUP_TIMEOUT_SECONDS: '5' };
    const serving = await deployment.serve();
    await deployment.publish({ commandId: 'first', runId: 'first', channelId: CHANNEL });
    await deployment.settled();
    const client = testKafka();
    intruder = await createRawProducer({ client, groupId: deployment.groupId }, 'intruder', 600_000);
    // The offset of the group also passes records of an aborted transaction, and markers. That is no offset ahead of the lease.
    await intruder.write(deployment.names.requested, 'aborted', { key: Buffer.from(CHANNEL) });
    await intruder.abort();
    const publishing = deployment.publish(
      ...Array.from({ length: 500 }, (_, each) => ({
        commandId: `busy-${String(each)}`,
        runId: `busy-${String(each)}`,
        channelId: CHANNEL,
      })),
    );
    const serve = { ...env, HTTP_PORT: String(serving.httpPort) };
    const args = ['doctor', '--json', '--bundle', join(folder, 'while-serving.json')];
    whileServing = jsonLines<Found>((await runcloseHere(args, { env: serve })).stdout);
    await publishing;
    await deployment.settled();
    serving.signal('SIGTERM');
    await serving.exited;
    began = Date.now();
    await intruder.write(deployment.names.summary, 'of somebody else');
  });
  after(async () => {
    await intruder.close();
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  /** Without the transaction that hangs until its own test. */
  const examine = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runcloseHere(['doctor', '--json', ...args], { env });
    expect(exitCode, stderr).to.be.oneOf([0, 2]);
    const findings = jsonLines<Found>(stdout);
    expect(exitCode === 2).to.equal(findings.some(({ status }) => status === 'fault'));
    return findings.filter(({ code }) => code !== 'output-held-back');
  };

  const faultsIn = (findings: readonly Found[]) => findings.filter(({ status }) => status === 'fault');
  const codesOf = (findings: readonly Found[]) => findings.map(({ code }) => code);

  /** Examines, and runs what doctor prints, until there is no fault. */
  const namesAndMends = async (...codes: FindingCode[]): Promise<void> => {
    let faults = faultsIn(await examine());
    expect(codesOf(faults)).to.include.members(codes);
    for (const { means, command, advice } of faults) expect([means, command ?? advice]).not.to.include(null);
    for (let rounds = 0; faults.length > 0; rounds += 1) {
      expect(rounds, JSON.stringify(faults)).to.be.below(MAX_ROUNDS);
      for (const command of new Set(faults.map((fault) => fault.command)))
        if (command !== null) await runPrinted(command, env);
      faults = faultsIn(await examine());
    }
  };

  const configure = (topic: string, settings: Record<string, string>) =>
    configureTopic(deployment.admin, topic, settings);

  const registry = (method: string, path: string, body: object) =>
    fetch(`${env['SCHEMA_REGISTRY_URL'] ?? ''}${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(body),
    });

  it('finds no fault in an installation that `setup` has made', async () => {
    const findings = await examine();
    expect(faultsIn(findings)).to.deep.equal([]);
    const checked = findings.filter(({ status }) => status === 'ok').map(({ message }) => message);
    expect(checked).to.include('every setting is understood');
    expect(
      checked.some((it) => /^PostgreSQL \d+\.\d+, Kafka [34]\.\d/.test(it)),
      checked.join('\n'),
    ).to.equal(true);
    expect(codesOf(findings)).to.include('group-empty');
  });

  it('finds neither a fault nor anything to look at while `serve` works', () => {
    expect(whileServing.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
  });

  it('gives a maintainer the health and the metrics of the `serve` on this machine', async () => {
    const { serve } = JSON.parse(await readFile(join(folder, 'while-serving.json'), 'utf8')) as {
      serve: { live: { status: string }; metrics: readonly string[] };
    };
    expect(serve.live.status).to.equal('ok');
    expect(serve.metrics.some((line) => line.startsWith('runclose_commands_total'))).to.equal(true);
  });

  it('prints lines of at most 80 columns, the worst first', async () => {
    const { stdout } = await runcloseHere(['doctor'], {
      env: { ...env, KAFKA_BROKERS: '127.0.0.1:1', STARTUP_TIMEOUT_SECONDS: '0' },
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).to.match(/^FAULT {4}reachability: Kafka at 127.0.0.1:1 is not reachable/);
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('         run:'))).to.deep.equal([]);
  });

  it('says once that a server is away, and examines the others', async () => {
    const away = { ...env, KAFKA_BROKERS: '127.0.0.1:1', STARTUP_TIMEOUT_SECONDS: '0' };
    const { exitCode, stdout } = await runcloseHere(['doctor', '--json'], { env: away });
    expect(exitCode).to.equal(2);
    const findings = jsonLines<Found>(stdout);
    expect(codesOf(faultsIn(findings))).to.deep.equal(['kafka-unreachable']);
    expect(findings.filter(({ status }) => status === 'skipped')).to.have.length(1);
    expect(findings.map(({ message }) => message)).to.include('all 4 are registered and compatible');
  });

  it('names every mistake in the settings, and examines what it can', async () => {
    const { exitCode, stdout } = await runcloseHere(['doctor', '--json'], {
      env: { ...env, SCHEMA_REGISTRY_URL: 'ftp://x', HTTP_PORT: 'none' },
    });
    expect(exitCode).to.equal(2);
    const messages = jsonLines<Found>(stdout).flatMap(({ code, message }) =>
      code === 'configuration-wrong' ? [message.split(' ')[0]] : [],
    );
    expect(messages).to.have.members(['SCHEMA_REGISTRY_URL', 'HTTP_PORT']);
  });

  it('names short retention, compaction, times of publishers and small records, which `setup` mends', async () => {
    await configure(deployment.names.requested, {
      'retention.ms': '3600000',
      'message.timestamp.type': 'CreateTime',
    });
    await configure(deployment.names.closed, { 'cleanup.policy': 'compact', 'max.message.bytes': '1048576' });
    await namesAndMends('retention-short', 'timestamp-type-wrong', 'topic-compacted', 'message-size-small');
  });

  it('names a size that limits retention, and a topic with too few partitions', async () => {
    const { names, admin } = deployment;
    await configure(names.requested, {
      'retention.bytes': '1048576',
      'retention.ms': '2592000000',
      'message.timestamp.type': 'LogAppendTime',
    });
    await admin.createPartitions({ topicPartitions: [{ topic: names.requested, count: PARTITIONS + 1 }] });
    await namesAndMends('retention-limited-by-size', 'partitions-differ');
    const counts = (await admin.fetchTopicMetadata({ topics: Object.values(names) })).topics.map(
      ({ partitions }) => partitions.length,
    );
    expect(counts, 'not TOPIC_PARTITIONS or its default').to.deep.equal(Array(5).fill(PARTITIONS + 1));
  });

  it('names a publisher with another partitioner, until its channel is in the right partition', async () => {
    const right = partitionOf(Buffer.from(CHANNEL), PARTITIONS + 1);
    const value = await deployment.encode({ commandId: 'second', runId: 'second', channelId: CHANNEL });
    await deployment.send({ key: CHANNEL, value, partition: (right + 1) % (PARTITIONS + 1) });
    expect(codesOf(faultsIn(await examine()))).to.deep.equal(['misplaced-commands']);
    await deployment.send({ key: CHANNEL, value, partition: right });
    expect(faultsIn(await examine())).to.deep.equal([]);
  });

  it('names an offset ahead of the lease, which Kafka’s own tool mends', async () => {
    const { admin, groupId, names } = deployment;
    const [lease] = await deployment.database.query(
      'SELECT partition, next_offset FROM runclose.partition_lease WHERE next_offset > 0',
    );
    const partition = Number(lease?.['partition']);
    await until('the log is longer than the lease', async () => {
      await deployment.send({ key: CHANNEL, value: Buffer.from('x'), partition });
      const ends = await admin.fetchTopicOffsets(names.requested);
      return ends.some(
        (it) => it.partition === partition && Number(it.high) > Number(lease?.['next_offset']),
      );
    });
    const offset = String(Number(lease?.['next_offset']) + 1);
    await admin.setOffsets({ groupId, topic: names.requested, partitions: [{ partition, offset }] });
    await namesAndMends('offset-ahead');
  });

  it('names a schema that is not compatible, and a level that let it in', async () => {
    const subject = `${deployment.names.summary}-value`;
    await registry('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    const fields = [{ name: 'eventId', type: 'int' }];
    const schema = JSON.stringify({ type: 'record', name: 'RunSummary', namespace: 'runclose', fields });
    const { status } = await registry('POST', `/subjects/${subject}/versions`, { schema });
    expect(status).to.equal(200);
    await namesAndMends('schema-incompatible', 'compatibility-wrong');
  });

  it('names a right that the role lacks, which `--fix --yes` grants again, and `--fix` alone does not', async () => {
    await deployment.database.query('REVOKE INSERT ON runclose.decision FROM runclose_processor');
    const dry = await runcloseHere(['doctor', '--fix'], { env });
    expect(dry.stderr).to.include('Would run: runclose setup. To do so: runclose doctor --fix --yes');
    expect(codesOf(faultsIn(await examine()))).to.deep.equal(['postgres-right-missing']);
    expect(faultsIn(await examine('--fix', '--yes'))).to.deep.equal([]);
  });

  it('names a transaction that hangs in an output, which Kafka’s own tool mends', async () => {
    await until(
      'the transaction has been open for longer than any batch',
      () => Date.now() - began > 21_000,
      60_000,
    );
    const { stdout } = await runcloseHere(['doctor', '--json'], { env });
    const [fault] = faultsIn(jsonLines<Found>(stdout));
    expect([fault?.code, fault?.message]).to.satisfy(
      ([code, message]: string[]) =>
        code === 'output-held-back' && message?.includes(`${deployment.groupId}-intruder`),
    );
    await runPrinted(fault?.command ?? '', env);
    const mended = await runcloseHere(['doctor', '--json'], { env });
    expect([mended.exitCode, codesOf(faultsIn(jsonLines<Found>(mended.stdout)))]).to.deep.equal([0, []]);
  });

  it('names a topic that is missing, and then that it was created again', async () => {
    const { admin, names } = deployment;
    await deleteTopics(admin, [names.deadLetters]);
    await namesAndMends('topic-missing');
  });

  it('names a migration that is missing', async () => {
    await deployment.database.query(
      'DELETE FROM runclose.schema_migration WHERE version = (SELECT max(version) FROM runclose.schema_migration)',
    );
    expect(codesOf(faultsIn(await examine()))).to.include('schema-too-old');
    await deployment.database.query('DROP SCHEMA runclose CASCADE');
    await namesAndMends('schema-too-old');
  });

  it('names a clock that is wrong', async () => {
    const launch = { nodeArguments: ['--import', SHIFTED_CLOCK] };
    const child = startProcess(['doctor', '--json'], { ...env, CLOCK_SHIFT: '-60000' }, launch);
    const [stdout, code] = await Promise.all([text(child.stdout), exitOf(child)]);
    expect(code).to.equal(2);
    expect(codesOf(faultsIn(jsonLines<Found>(stdout)))).to.include('clock-wrong');
  });

  it('writes a file for a maintainer, without secrets, and never over another file', async () => {
    const file = join(folder, 'bundle.json');
    const secrets = { SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'Zq9Secret' };
    const run = () => runcloseHere(['doctor', '--bundle', file], { env: { ...env, ...secrets } });
    expect((await run()).exitCode).to.equal(0);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const content = await readFile(file, 'utf8');
    const bundle = JSON.parse(content) as Record<string, object>;
    expect(Object.keys(bundle)).to.deep.equal([
      ...[
        'versions',
        'writtenAt',
        'settings',
        'findings',
        'topics',
        'status',
        'instances',
        'leases',
        'serve',
      ],
    ]);
    expect(content).not.to.include('Zq9');
    expect(content).to.include('***').and.to.include('cleanup.policy');
    const again = await run();
    expect([again.exitCode, again.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 64 && said.includes('is there already: name a new file'),
    );
  });
});
