import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOwnKafka, type OwnKafka } from '../../scripts/stack/own-servers.ts';
import { partitionOf } from '../../src/wire/partitioner.ts';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { expectShown } from '../support/shown-alarms.ts';
import { untilLogged } from '../support/serve-process.ts';

const WELL = 0;
const OUTPUT_LEADERLESS = 1;
const INPUT_LEADERLESS = 2;
const PARTITIONS = [WELL, OUTPUT_LEADERLESS, INPUT_LEADERLESS];
const PORTION = 60;

/** Broker 3 alone has one partition of the input, and another one of an output. */
describe('a partition without a leader', function () {
  this.timeout(360_000);
  const servers = createServersFolder();
  let kafka: OwnKafka;
  let deployment: Deployment;
  let serving: Serving;
  let exited: number | null | undefined;
  const published = PARTITIONS.map(() => 0);

  before(async () => {
    kafka = await startOwnKafka({ ...servers.options, brokers: 3 });
    deployment = await createDeployment(PARTITIONS.length, {
      brokers: kafka.variables['KAFKA_BROKERS']!.split(','),
      env: { TOPIC_REPLICATION_FACTOR: '1' },
    });
    const { admin, names } = deployment;
    const brokerOf = (topic: string, partition: number): number =>
      (topic === names.requested && partition === INPUT_LEADERLESS) ||
      (topic === names.closed && partition === OUTPUT_LEADERLESS)
        ? 3
        : 1 + (partition % 2);
    await admin.alterPartitionReassignments({
      topics: Object.values(names).map((topic) => ({
        topic,
        partitionAssignment: PARTITIONS.map((partition) => ({
          partition,
          replicas: [brokerOf(topic, partition)],
        })),
      })),
    });
    await until('all is where it shall be', async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: Object.values(names) });
      return topics.every(({ name, partitions }) =>
        partitions.every(({ partitionId, leader }) => leader === brokerOf(name, partitionId)),
      );
    });
    serving = await deployment.serve();
    void serving.exited.then((code) => (exited = code));
  });
  after(async () => {
    await deployment.remove();
    await kafka.stop('wipe');
    servers.remove();
  });

  const channelIn = (partition: number): string => {
    for (let n = 0; ; n++) {
      const channel = `C${String(n)}`;
      if (partitionOf(Buffer.from(channel), PARTITIONS.length) === partition) return channel;
    }
  };

  const publish = async (partition: number): Promise<void> => {
    const first = published[partition] ?? 0;
    const channelId = channelIn(partition);
    const commands = Array.from({ length: PORTION }, (_, n) => {
      const id = `${String(partition)}-${String(first + n)}`;
      return { channelId, commandId: `command-${id}`, runId: `run-${id}` };
    });
    await deployment.publish(...commands);
    published[partition] = first + PORTION;
  };

  const committed = async (partition: number): Promise<number> => {
    const { admin, groupId, names } = deployment;
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [names.requested] });
    return Number(offsets?.partitions.find((it) => it.partition === partition)?.offset ?? -1);
  };

  const untilDecided = (partition: number): Promise<void> =>
    until(
      `all of partition ${String(partition)} is decided`,
      async () => (await committed(partition).catch(() => -1)) === published[partition],
      90_000,
    );

  it('waits, and says so, while the others continue', async () => {
    for (const partition of PARTITIONS) await publish(partition);
    await deployment.settled();
    // After a kill, Kafka 4 may leave a partition whose only copy is there without a leader until somebody elects one.
    await kafka.brokers[2]!.stop('keep');
    await publish(OUTPUT_LEADERLESS);
    for (let n = 0; n < 3; n++) {
      await publish(WELL);
      await untilDecided(WELL);
    }
    await untilLogged(serving, 'INPUT_LEADERLESS', 60_000);
    await untilLogged(serving, 'KAFKA_LEADER_NOT_AVAILABLE', 60_000);
    const before = published[OUTPUT_LEADERLESS]! - PORTION;
    expect(await committed(OUTPUT_LEADERLESS), 'offset of the partition without its output').to.equal(before);
    expect(exited, 'exit code').to.equal(undefined);
  });

  it('does not keep a new process from starting, and the others continue in that process, too', async () => {
    // Not drained: a batch waits for the leader.
    serving.signal('SIGTERM');
    await serving.exited;
    serving = await deployment.serve();
    exited = undefined;
    void serving.exited.then((code) => (exited = code));
    for (let n = 0; n < 3; n++) {
      await publish(WELL);
      await untilDecided(WELL);
      await sleep(1_000);
    }
    expect(exited, 'exit code').to.equal(undefined);
  });

  it('is shown by `status`', async () => {
    const { code, stdout } = await deployment.runclose('status', '--json');
    expect(code).to.equal(0);
    const ends = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { end: number | null; lagRecords: number | null }).end);
    expect(ends.map((end) => end === null)).to.deep.equal([false, false, true]);
    for (const leaderless of ['INPUT_LEADERLESS', 'OUTPUT_LEADERLESS']) {
      await untilLogged(serving, leaderless, 60_000);
      await expectShown(deployment, serving, leaderless);
    }
  });

  it('is named by the commands that read every partition', async () => {
    const { names, runclose } = deployment;
    const nameOf = (partition: number): string => `${names.requested}/${String(partition)}`;
    const gaps = await runclose('accept-gap');
    expect(gaps.code, gaps.stderr).to.equal(1);
    const purge = await runclose('purge');
    expect(purge.code, purge.stderr).to.equal(0);
    for (const partition of [OUTPUT_LEADERLESS, INPUT_LEADERLESS])
      expect(gaps.stderr).to.include(`${nameOf(partition)} was not checked: `);
    expect(gaps.stderr).to.not.include(`${nameOf(WELL)} was not checked`);
    // It asks the outputs only.
    expect(purge.stderr)
      .to.include(`Kafka cannot tell which events of ${nameOf(OUTPUT_LEADERLESS)} are emitted: `)
      .and.not.include(`which events of ${nameOf(WELL)}`)
      .and.not.include(`what of ${nameOf(INPUT_LEADERLESS)}`);
    // All partitions are adopted together.
    const adoption = await runclose('adopt-topics', '--yes');
    expect(adoption.code, adoption.stderr).to.equal(69);
    expect(adoption.stderr).to.include(nameOf(OUTPUT_LEADERLESS)).and.include('Nothing was changed');
  });

  it('continues when it has a leader again, and nothing is lost or doubled', async () => {
    await kafka.brokers[2]!.start();
    // The broker answers before it leads its partitions again.
    const isPublished = (): Promise<boolean> =>
      publish(INPUT_LEADERLESS).then(
        () => true,
        () => false,
      );
    await until('the partition takes commands again', isPublished, 180_000);
    await deployment.settled(120_000);
    expect(exited, 'exit code').to.equal(undefined);
    await expectAllIsWell(deployment);
  });
});
