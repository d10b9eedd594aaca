import { expect } from 'chai';
import type { TopicState } from '../../../../src/kafka/topics/topic-admin.ts';
import type { GroupMember } from '../../../../src/kafka/consume/group.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { partitionOf } from '../../../../src/wire/partitioner.ts';
import { checkCertificates } from '../../../../src/operations/doctor/checks/certificates.ts';
import { checkClock } from '../../../../src/operations/doctor/checks/clock.ts';
import { checkDatabaseRights, checkMigrations } from '../../../../src/operations/doctor/checks/database.ts';
import { checkGroup, checkOffsets } from '../../../../src/operations/doctor/checks/group.ts';
import { checkKafkaRights } from '../../../../src/operations/doctor/checks/kafka-rights.ts';
import { checkPartitioners } from '../../../../src/operations/doctor/checks/partitioners.ts';
import { checkAlarms, checkTransactions } from '../../../../src/operations/doctor/checks/partitions.ts';
import { checkTopics, checkTopicSettings } from '../../../../src/operations/doctor/checks/topics.ts';
import { checkVersions } from '../../../../src/operations/doctor/checks/versions.ts';
import type { Finding } from '../../../../src/operations/doctor/findings.ts';
import type { MissingObject } from '../../../../src/postgres/missing-objects.ts';
import type { PartitionLease } from '../../../../src/postgres/lease/leases.ts';
import { Failure } from '../../../../src/processor/failure.ts';

const names = topicNames('team.');
const bootstrap = 'kafka:9092';
const DAY_MS = 86_400_000;

/** What was found, and the command that mends it. */
const short = (findings: readonly Finding[]) =>
  findings.map(({ status, code, command }) => [status, code, command]);
const well = (findings: readonly Finding[]): void => {
  expect(findings.map(({ status }) => status)).to.deep.equal(['ok']);
};

describe('Of the topics, doctor names', () => {
  const countsOf = (changed: Record<string, number>): ReadonlyMap<string, number> =>
    new Map([...Object.values(names).map((name) => [name, 4] as const), ...Object.entries(changed)]);

  it('nothing if all exist with as many partitions', () => well(checkTopics(countsOf({}), names)));

  it('those that are missing, with the command that creates them', () => {
    expect(short(checkTopics(countsOf({ [names.closed]: 0 }), names))).to.deep.equal([
      ['fault', 'topic-missing', 'runclose setup'],
    ]);
  });

  it('those with fewer partitions, with a command that grows them no further than the widest', () => {
    const [finding] = checkTopics(countsOf({ [names.summary]: 1 }), names);
    expect([finding?.code, finding?.command, finding?.isHarmless]).to.deep.equal([
      'partitions-differ',
      'TOPIC_PARTITIONS=4 runclose setup --repartition',
      false,
    ]);
    expect(finding?.message).to.equal('team.run.summary has 1 partition, others have 4');
  });

  const stateOf = (settings: Record<string, string>, replicationFactor = 1): TopicState => ({
    partitions: 1,
    replicationFactor,
    settings: new Map(Object.entries(settings)),
  });
  const settingsOf = (setting: string, state = stateOf({})) =>
    checkTopicSettings({
      differences: setting === '' ? [] : [{ topic: 'T', setting, wanted: 'this', actual: 'that' }],
      states: new Map([['T', state]]),
      brokers: 3,
      bootstrap,
    });

  it('no setting if there is no topic', () => {
    const facts = { differences: [], states: new Map(), brokers: 1, bootstrap };
    expect(checkTopicSettings(facts).map(({ status }) => status)).to.deep.equal(['skipped']);
  });

  it('each setting that setup would apply', () => {
    const codes = Object.entries({
      'cleanup.policy': 'topic-compacted',
      'retention.ms': 'retention-short',
      'max.message.bytes': 'message-size-small',
      'message.timestamp.type': 'timestamp-type-wrong',
      'message.timestamp.after.max.ms': 'dead-letter-times-limited',
      'min.insync.replicas': 'min-insync-replicas-low',
    });
    for (const [setting, code] of codes)
      expect(short(settingsOf(setting, stateOf({}, 3)))).to.deep.equal([['fault', code, 'runclose setup']]);
    well(settingsOf('partitions', stateOf({}, 3)));
  });

  it('settings that setup leaves to the operator, but that lose records or refuse them', () => {
    expect(
      short(settingsOf('', stateOf({ 'retention.bytes': '5', 'min.insync.replicas': '4' }, 3))),
    ).to.deep.equal([
      [
        'fault',
        'retention-limited-by-size',
        'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name T --add-config retention.bytes=-1',
      ],
      [
        'fault',
        'min-insync-replicas-high',
        'kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name T --add-config min.insync.replicas=2',
      ],
    ]);
    expect(short(settingsOf('', stateOf({})))).to.deep.equal([['warning', 'replication-low', null]]);
  });
});

describe('Of the clocks, doctor', () => {
  const clock = (postgres: number, future = false, took = 0) => {
    const times = [1_000_000, 1_000_000 + took];
    return checkClock({
      now: () => times.shift() ?? 0,
      postgresTime: () => Promise.resolve(postgres),
      hasCommandsAfter: () => Promise.resolve(future),
    });
  };

  it('tolerates some seconds, and the time that a slow answer took', async () => {
    well(await clock(1_009_000));
    well(await clock(990_000, false, 10_000));
  });

  it('names the clock that is behind or ahead, and by how much', async () => {
    expect((await clock(1_020_000))[0]?.message).to.equal(
      "this machine's clock is 20 s behind Postgres's clock",
    );
    expect((await clock(0))[0]?.message).to.equal("this machine's clock is 1000 s ahead of Postgres's clock");
    expect(short(await clock(1_000_000, true))).to.deep.equal([['fault', 'clock-wrong', null]]);
  });
});

describe('Of the database, doctor names', () => {
  const migrations = (
    requireVersion: () => Promise<number>,
    changed: readonly string[] = [],
    missing: readonly string[] | null = null,
    damaged: readonly MissingObject[] = [],
  ) =>
    checkMigrations({
      requireVersion,
      changed: () => Promise.resolve(changed),
      missingObjects: () => Promise.resolve(damaged),
      missingRights: () => Promise.resolve(missing),
    });
  const refusing = (code: string, missing: readonly string[] | null = null) =>
    migrations(() => Promise.reject(new Failure('fatal', code, 'why')), [], missing);

  it('tables that are missing, too old, too new or changed', async () => {
    well(await migrations(() => Promise.resolve(5)));
    for (const code of ['POSTGRES_MISCONFIGURED', 'SCHEMA_TOO_OLD'])
      expect(short(await refusing(code))).to.deep.equal([['fault', 'schema-too-old', 'runclose setup']]);
    expect(short(await refusing('SCHEMA_TOO_NEW'))).to.deep.equal([['fault', 'schema-too-new', null]]);
    expect(short(await migrations(() => Promise.resolve(5), ['0001-a']))).to.deep.equal([
      ['fault', 'migration-changed', null],
    ]);
  });

  it('no missing tables if the role only lacks the right to read them', async () => {
    for (const right of ['USAGE on the schema runclose', 'SELECT on schema_migration'])
      expect((await refusing('POSTGRES_MISCONFIGURED', [right])).map(({ status }) => status)).to.deep.equal([
        'skipped',
      ]);
    expect(short(await refusing('POSTGRES_MISCONFIGURED', ['INSERT on decision']))).to.deep.equal([
      ['fault', 'schema-too-old', 'runclose setup'],
    ]);
  });

  it('what was dropped, with the statement that creates it again', async () => {
    const dropped = (kind: MissingObject['kind'], mend: string | null) =>
      migrations(
        () => Promise.resolve(5),
        [],
        [],
        [{ kind, name: 'N', table: null, mend, file: '0002-b.sql' }],
      );
    const [index] = await dropped('index', 'CREATE UNIQUE INDEX N;');
    expect([index?.status, index?.code, index?.message, index?.advice]).to.deep.equal([
      'fault',
      'schema-damaged',
      'the index N is missing or invalid',
      'the owner of the database runs: CREATE UNIQUE INDEX N;',
    ]);
    expect((await dropped('function', null))[0]?.advice).to.include(
      'CREATE FUNCTION N as in src/postgres/migrations/0002-b.sql',
    );
    expect((await dropped('table', null))[0]?.advice).to.include('restore a backup');
  });

  it('rights that the role lacks', () => {
    well(checkDatabaseRights([]));
    expect(checkDatabaseRights(null)[0]?.status, 'no tables').to.equal('skipped');
    expect(checkDatabaseRights(['INSERT on decision'])[0]?.message).to.include('lacks INSERT on decision');
  });
});

describe('Of the rights in Kafka, doctor names', () => {
  it('each that is missing, with the command that grants it', () => {
    const facts = { role: 'processor', principal: 'app', bootstrap } as const;
    well(checkKafkaRights({ ...facts, missing: [] }));
    const missing = [{ resource: { type: 'topic', name: 'T' }, operations: ['READ'] }] as const;
    expect(short(checkKafkaRights({ ...facts, missing }))).to.deep.equal([
      [
        'fault',
        'kafka-right-missing',
        'kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal User:app --operation Read --topic T',
      ],
    ]);
  });
});

describe('Of the group, doctor names', () => {
  const member = (...partitions: number[]): GroupMember => ({
    ...{ clientId: 'runclose', host: 'h', partitions, topics: ['T'], facts: null },
  });
  const group = (...members: GroupMember[]) => groupIn('Stable', members);
  const groupIn = (state: string, members: readonly GroupMember[], protocolType = 'consumer') =>
    checkGroup({
      ...{ groupId: 'g', topic: 'T', partitions: [0, 1], clientId: 'runclose' },
      group: { state, protocolType, members },
    });
  const lease = (nextOffset: number | null, groupId = 'g') =>
    ({ partition: 0, nextOffset, groupId }) as PartitionLease;
  const offsets = (committed: number | null, ...leases: PartitionLease[]) =>
    checkOffsets({ groupId: 'g', topic: 'T', bootstrap, committed: new Map([[0, committed]]), leases });

  it('that it has no members, or that no member has a partition', () => {
    well(group(member(0), member(1)));
    expect(short(group())).to.deep.equal([['warning', 'group-empty', 'runclose serve']]);
    expect(short(group(member(1)))).to.deep.equal([['warning', 'partition-unowned', null]]);
  });

  it('another application: by the topics that it subscribes, or by its client id if it says nothing else', () => {
    const [reader] = group(member(0), { ...member(1), clientId: 'app', host: 'h2', topics: ['T', 'X'] });
    expect([reader?.code, reader?.message]).to.deep.equal([
      'group-shared',
      'another application is a member of group g: app at h2, which subscribes X',
    ]);
    const silent = { ...member(1), clientId: 'app' };
    expect(short(group(member(0), silent))).to.deep.equal([['fault', 'group-shared', null]]);
    const facts = { instance: 'i', version: '1.0.0', startedAt: 1, httpPort: 8080 };
    well(group(member(0), { ...silent, facts }));
    well(group(member(0), { ...member(1), clientId: 'runclose-2' }));
    // While the group rebalances, brokers show no subscription of any member.
    well(groupIn('PreparingRebalance', [member(0), { ...silent, topics: [] }]));
  });

  it('a group of another kind of client', () => {
    const worker = { ...member(), clientId: 'connect-1', topics: [] };
    const [finding] = groupIn('PreparingRebalance', [worker], 'connect');
    expect([finding?.code, finding?.message]).to.deep.equal([
      'group-shared',
      'another application is a member of group g, which is no group of consumers (protocol type connect): connect-1 at h',
    ]);
    expect(short(groupIn('Empty', [], 'connect'))).to.deep.equal([
      ['warning', 'group-empty', 'runclose serve'],
    ]);
  });

  it('a share group or a group of Kafka Streams, also without members', () => {
    const [finding] = groupIn('Empty', [], 'share');
    expect([finding?.code, finding?.message]).to.deep.equal([
      'group-shared',
      'group g is a share group, which `serve` cannot join',
    ]);
    expect(groupIn('Stable', [], 'streams')[0]?.message).to.include('a group of Kafka Streams');
  });

  it('an offset ahead of what Postgres has stored, with the command that deletes it', () => {
    well(offsets(5, lease(5)));
    well(offsets(4, lease(5)));
    well(offsets(null, lease(5)));
    well(offsets(5, lease(null)));
    well(offsets(5));
    expect(short(offsets(6, lease(5)))).to.deep.equal([
      [
        'fault',
        'offset-ahead',
        'kafka-consumer-groups.sh --bootstrap-server kafka:9092 --delete-offsets --group g --topic T',
      ],
    ]);
  });

  it('another group that has processed the topic', () => {
    expect(short(offsets(5, lease(5, 'other')))).to.deep.equal([['warning', 'group-changed', null]]);
  });
});

describe('Of the partitions, doctor names', () => {
  const held = (code: 'INPUT_HELD_BACK' | 'OUTPUT_LEADERLESS', lastsMs: number | null) =>
    checkTransactions({
      contents: [
        {
          partition: 3,
          high: 9,
          hindrances: [{ where: 'run.closed/3', code, message: 'm', from: 7, records: 2, lastsMs }],
        },
      ],
      bootstrap,
    });

  it('a transaction that has been open for longer than any batch, with the command that aborts it', () => {
    well(held('INPUT_HELD_BACK', 10_000));
    for (const lastsMs of [30_000, null])
      expect(short(held('INPUT_HELD_BACK', lastsMs))).to.deep.equal([
        [
          'fault',
          'input-held-back',
          'kafka-transactions.sh --bootstrap-server kafka:9092 abort --topic run.closed --partition 3 --start-offset 7',
        ],
      ]);
  });

  it('a partition without a leader', () => {
    expect(short(held('OUTPUT_LEADERLESS', null))).to.deep.equal([['fault', 'output-leaderless', null]]);
  });

  const alarm = (code: string, message = 'm') =>
    short(checkAlarms({ alarms: new Map([[0, [{ code, message }]]]), groupId: 'g', topic: 'T', bootstrap }));

  it('each alarm, with the command that ends it', () => {
    expect(alarm('INPUT_GAP')).to.deep.equal([['fault', 'input-gap', 'runclose accept-gap --yes']]);
    expect(alarm('CLUSTER_CHANGED')).to.deep.equal([
      ['fault', 'cluster-changed', 'runclose adopt-cluster --yes'],
    ]);
    expect(alarm('RECORD_TOO_LARGE', 'or `runclose skip T/0@7 --yes`')).to.deep.equal([
      ['fault', 'record-too-large', 'runclose skip T/0@7 --yes'],
    ]);
    for (const code of ['RECORD_TOO_LARGE', 'RECORD_REFUSED'])
      expect(alarm(code, 'the record cannot be skipped'), 'no `skip` that would be refused').to.deep.equal([
        ['fault', code.toLowerCase().replaceAll('_', '-'), 'runclose setup'],
      ]);
    expect(alarm('INPUT_RECREATED', "the group's offset is 5, but the log ends at 3")).to.deep.equal([
      [
        'fault',
        'input-recreated',
        'kafka-consumer-groups.sh --bootstrap-server kafka:9092 --delete-offsets --group g --topic T',
      ],
    ]);
    expect(alarm('KAFKA_TIMEOUT')).to.deep.equal([['fault', 'check-failed', null]]);
    // The check of transactions names it.
    expect(alarm('INPUT_HELD_BACK')).to.deep.equal([['ok', null, null]]);
  });
});

describe('Of the publishers, doctor names', () => {
  const NOW = 10 * DAY_MS;
  const key = Buffer.from('C1');
  const right = partitionOf(key, 4);
  const command = (partition: number, timestamp: number) => ({
    topic: 'T',
    partition,
    offset: 7,
    key,
    timestamp,
  });
  const check = (...commands: ReturnType<typeof command>[]) => checkPartitioners(commands, 4, NOW);

  it('one that does not partition by murmur2, with the position of its command', async () => {
    well(await check());
    well(await check(command(right, NOW)));
    const [finding] = await check(command((right + 1) % 4, NOW));
    expect([finding?.code, finding?.message]).to.deep.equal([
      'misplaced-commands',
      `the newest commands of 1 channel are not in the partition that murmur2 chooses, such as T/${String((right + 1) % 4)}@7`,
    ]);
  });

  it('none whose commands are an hour old, or that has published rightly since', async () => {
    well(await check(command((right + 1) % 4, NOW - 3_600_001)));
    well(await check(command((right + 1) % 4, NOW - 5), command(right, NOW - 1)));
    well(await check(command(right, NOW - 1), command((right + 1) % 4, NOW - 5)));
  });
});

describe('Of certificates and versions, doctor names', () => {
  const NOW = 100 * DAY_MS;
  const certificate = (days: number) =>
    checkCertificates([{ whose: 'in KAFKA_SSL_CERT', heldBy: 'file', validTo: NOW + days * DAY_MS }], NOW);

  it('a certificate that has expired or expires within a month', () => {
    well(checkCertificates([], NOW));
    well(certificate(31));
    expect(certificate(3)[0]?.message).to.match(
      /^the certificate in KAFKA_SSL_CERT expires on .*, in 3 days$/,
    );
    expect(certificate(3)[0]?.status).to.equal('warning');
    expect(short(certificate(-1))).to.deep.equal([['fault', 'certificate-expired', null]]);
  });

  it('a broker that is too old, and no broker that does not tell', () => {
    const broker = (release: string | null, isTooOld = false) =>
      checkVersions({ postgres: '17.2', kafka: [{ nodeId: '1', release, isTooOld }] });
    expect(broker('4.0')[0]?.message).to.equal('PostgreSQL 17.2, Kafka 4.0');
    well(broker(null));
    expect(short(broker('3.5', true))).to.deep.equal([['fault', 'kafka-too-old', null]]);
  });
});
