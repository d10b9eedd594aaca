import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol, PartitionAssigners } from '../../src/kafka/patches/kafkajs.ts';
import { partitionOf } from '../../src/wire/partitioner.ts';
import { type AlertTester, openAlertTester } from '../support/chart/alerts.ts';
import { atTestTime, type Scrape, scrapeOf, seriesOf } from '../support/chart/filmed-metrics.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createCuttableLink } from '../support/cuttable-link.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { UNCOUNTED_IN_COVERAGE } from '../support/serve-process.ts';
import { holdLocks } from '../support/side-session.ts';
import { testKafka } from '../support/topics.ts';

const CLOSELY_WATCHED = fileURLToPath(new URL('../support/closely-watched-serve.ts', import.meta.url));
/** Another application's leader: it leaves out topics that it does not know. */
const keepingAll: PartitionAssigner = (config) => ({
  ...PartitionAssigners.roundRobin(config),
  assign: ({ members }) =>
    Promise.resolve(
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 0,
          assignment: {},
          userData: Buffer.alloc(0),
        }),
      })),
    ),
});
/** Longer than an answer of `/metrics` is used again. */
const NEXT_ANSWER_MS = 1_200;
const DEADLINE_MS = 60_000;

/** Filmed in the product, with the metrics that a real fault makes, and judged by Prometheus' own tester. */
describe('An alert fires while its fault lasts, and ends when it is healed, and no other fires', function () {
  // Once for all checkouts, promtool is built.
  this.timeout(900_000);
  let alerts: AlertTester;
  let deployment: Deployment;
  let serving: Serving | undefined;
  before(async () => {
    alerts = await openAlertTester();
  });
  after(() => alerts.remove());
  beforeEach(async () => {
    deployment = await createDeployment(2);
  });
  afterEach(async () => {
    serving?.signal('SIGKILL');
    await serving?.exited;
    await deployment.remove();
  });

  const get = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${String(serving!.httpPort)}${path}`)).text();
  const scrape = async (): Promise<Scrape> => scrapeOf(await get('/metrics'));
  const sumOf = (found: Scrape, name: string, label = ''): number =>
    [...found]
      .filter(([series]) => series.startsWith(`${name}{`) && series.includes(label))
      .reduce((sum, [, value]) => sum + value, 0);

  /** A scrape in which nothing waits and every server answers. */
  const healthy = async (): Promise<Scrape> => {
    let found: Scrape = new Map();
    await until(
      'the instance is healthy',
      async () => {
        await get('/health/ready');
        found = await scrape();
        const sick = [
          'runclose_partition_alarm',
          'runclose_consumer_lag_records',
          'runclose_consumer_lag_seconds',
          'runclose_server_unavailable_seconds',
          'runclose_standstill_seconds',
        ];
        const owned = [...found.keys()].filter((it) => it.startsWith('runclose_consumer_lag_records{'));
        return (
          owned.length >= 2 &&
          sumOf(found, 'runclose_ready') === 1 &&
          sick.every((name) => sumOf(found, name) === 0)
        );
      },
      DEADLINE_MS,
    );
    return found;
  };

  /** Two scrapes with a pause between them, the first one when `shows` holds. */
  const twoScrapes = async (
    what: string,
    shows: (found: Scrape) => boolean,
  ): Promise<readonly [Scrape, Scrape]> => {
    let first: Scrape = new Map();
    await until(what, async () => shows((first = await scrape())), DEADLINE_MS);
    await get('/health/ready');
    await sleep(NEXT_ANSWER_MS);
    return [first, await scrape()];
  };

  type Fault = {
    readonly inject: () => Promise<readonly [Scrape, Scrape] | 'gone'>;
    readonly heal?: () => Promise<void>;
  };

  const expectAlert = async (alert: string, { inject, heal }: Fault): Promise<void> => {
    const before = await healthy();
    const zero = Date.now() / 1000;
    const during = await inject();
    await heal?.();
    const after = await healthy();
    const at = (found: Scrape): Scrape => atTestTime(found, zero);
    await alerts.try({
      series: seriesOf({
        before: at(before),
        during: during === 'gone' ? during : [at(during[0]), at(during[1])],
        after: at(after),
      }),
      expected: [
        { at: '4m45s', firing: [] },
        { at: '7m', firing: [alert] },
        { at: '44m', firing: [] },
      ],
      ever: [alert],
    });
  };

  const channelIn = (partition: number, partitions = 2): string => {
    for (let n = 0; ; n += 1)
      if (partitionOf(Buffer.from(`C${String(n)}`), partitions) === partition) return `C${String(n)}`;
  };

  it('records that nobody can decode', async () => {
    serving = await deployment.serve();
    await expectAlert('RunCloseDeadLetters', {
      inject: async () => {
        await deployment.publish(Buffer.from('not Avro'));
        return twoScrapes(
          'dead letters are counted',
          (it) => sumOf(it, 'runclose_commands_total', 'dead_letter') > 0,
        );
      },
    });
  });

  it('a publisher with another partitioner, and one that repeats its commands', async () => {
    serving = await deployment.serve();
    await expectAlert('RunCloseMisplacedCommands', {
      inject: async () => {
        const value = await deployment.encode({ channelId: channelIn(0) });
        await deployment.send({ key: channelIn(0), value, partition: 1 });
        return twoScrapes('it is counted', (it) => sumOf(it, 'runclose_commands_misplaced_total') === 1);
      },
    });
    serving.signal('SIGTERM');
    await serving.exited;
    serving = await deployment.serve();
    await expectAlert('RunCloseDuplicateStorm', {
      inject: async () => {
        await deployment.publish(
          ...Array.from({ length: 80 }, () => ({ commandId: 'again', runId: 'again' })),
        );
        return twoScrapes(
          'they are counted',
          (it) => sumOf(it, 'runclose_commands_total', 'duplicate') === 79,
        );
      },
    });
  });

  it('a Postgres that does not answer', async () => {
    const url = new URL(deployment.env['DATABASE_URL']!);
    const link = await createCuttableLink(url.hostname, Number(url.port || 5432));
    try {
      [url.hostname, url.port] = ['127.0.0.1', String(link.port)];
      serving = await deployment.serve({ DATABASE_URL: url.href });
      await expectAlert('RunCloseBreakerOpen', {
        inject: async () => {
          link.cut();
          await deployment.publish(...manyCommands(20));
          return twoScrapes(
            'Postgres is away, and known to be',
            (it) => sumOf(it, 'runclose_server_unavailable_seconds', 'postgres') > 0,
          );
        },
        heal: () => {
          link.heal();
          return deployment.settled();
        },
      });
    } finally {
      await link.close();
    }
  });

  it('a lock that somebody holds: commands wait', async () => {
    serving = await deployment.serve();
    await deployment.publish({ commandId: 'a', runId: 'a' });
    await deployment.settled();
    const locks = await holdLocks(deployment.database, 'SELECT FROM runclose.channel_ledger FOR UPDATE');
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (!isReleased) await locks.release();
      isReleased = true;
    };
    try {
      await expectAlert('RunCloseLagTooOld', {
        inject: async () => {
          await deployment.publish({ commandId: 'b', runId: 'b' });
          return twoScrapes('a command waits', (it) => sumOf(it, 'runclose_consumer_lag_seconds') > 1);
        },
        heal: release,
      });
    } finally {
      await release();
    }
  });

  it('a partition that hangs for no known reason', async () => {
    const watched = { HANGING_PARTITION: '0', STANDSTILL_EXIT_MS: '600000', ...UNCOUNTED_IN_COVERAGE };
    const launch = { main: CLOSELY_WATCHED, nodeArguments: ['--import', 'tsx'] };
    serving = await deployment.serve(watched, launch);
    await expectAlert('RunCloseStandstill', {
      inject: async () => {
        await deployment.publish({ commandId: 'a', runId: 'a', channelId: channelIn(0) });
        return twoScrapes('it stands still', (it) => sumOf(it, 'runclose_standstill_seconds') > 1);
      },
      heal: async () => {
        serving!.signal('SIGKILL');
        await serving!.exited;
        await removeDeadMembers(deployment);
        serving = await deployment.serve();
        await deployment.settled();
      },
    });
  });

  it('no instance that runs', async () => {
    serving = await deployment.serve();
    await expectAlert('RunCloseNoReadyInstance', {
      inject: async () => {
        serving!.signal('SIGKILL');
        await serving!.exited;
        await removeDeadMembers(deployment);
        return 'gone';
      },
      heal: async () => {
        serving = await deployment.serve();
      },
    });
  });

  it('another application that leads the consumer group', async () => {
    serving = await deployment.serve();
    const other = testKafka().consumer({ groupId: deployment.groupId, partitionAssigners: [keepingAll] });
    try {
      await expectAlert('RunCloseNoOwner', {
        inject: async () => {
          serving!.signal('SIGTERM');
          await serving!.exited;
          await other.connect();
          await other.subscribe({ topic: deployment.names.closed });
          const joined = new Promise((resolve) => other.on(other.events.GROUP_JOIN, resolve));
          await other.run({ eachMessage: () => Promise.resolve() });
          await joined;
          serving = await deployment.serve();
          return twoScrapes('it stands by', (it) => sumOf(it, 'runclose_ready') === 1);
        },
        heal: () => other.disconnect(),
      });
    } finally {
      await other.disconnect();
    }
  });

  it('outputs that lack a partition', async () => {
    serving = await deployment.serve();
    await expectAlert('RunClosePartitionAlarm', {
      inject: async () => {
        const topic = deployment.names.requested;
        const channelId = channelIn(2, 3);
        await deployment.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
        await until('the producer knows the partition', () =>
          deployment
            .encode({ commandId: 'c', runId: 'c', channelId })
            .then((value) => deployment.send({ key: channelId, value, partition: 2 }))
            .then(
              () => true,
              () => false,
            ),
        );
        return twoScrapes('the alarm is raised', (it) => sumOf(it, 'runclose_partition_alarm') === 1);
      },
      heal: async () => {
        expect(await deployment.runclose('setup', '--repartition')).to.include({ code: 0 });
        await deployment.settled();
      },
    });
  });

  it('is asked with metrics that Prometheus reads as OpenMetrics, too', async () => {
    serving = await deployment.serve();
    await deployment.publish(...manyCommands(5));
    await deployment.settled();
    const answer = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
    });
    const text = await answer.text();
    // For this use, promtool wants a time with each sample.
    const now = String(Math.round(Date.now() / 1000));
    await alerts.parse(text.replaceAll(/^([a-z].*?)( # .*)?$/gm, `$1 ${now}$2`));
  });
});
