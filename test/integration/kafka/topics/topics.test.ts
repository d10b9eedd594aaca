import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Admin } from 'kafkajs';
import { topicNames, type TopicNames } from '../../../../src/kafka/names/topic-names.ts';
import { ConfigResourceTypes } from '../../../../src/kafka/patches/kafkajs.ts';
import { compareTopics, setUpTopics, type TopicPlan } from '../../../../src/kafka/topics/topics.ts';
import { configureTopic, deleteTopics, testKafka } from '../../../support/topics.ts';

describe('Setting up topics', function () {
  const client = testKafka();
  let names: TopicNames;
  let admin: Admin;
  let plan: TopicPlan;

  beforeEach(async () => {
    names = topicNames(`test-${randomUUID().slice(0, 8)}.`);
    plan = { names, partitions: 2, growth: 'never' };
    admin = client.admin();
    await admin.connect();
  });

  afterEach(async () => {
    await admin.deleteTopics({ topics: Object.values(names) });
    await admin.disconnect();
  });

  const settingsOf = async (topic: string): Promise<Map<string, string>> => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    return new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  };

  it('creates all five with their settings, and changes nothing the second time', async () => {
    expect((await setUpTopics(client, plan)).map((line) => line.replace(/test-\w+\./, ''))).to.deep.equal([
      'created run.closed with 2 partitions',
      'created run.summary with 2 partitions',
      'created run.close.rejected with 2 partitions',
      'created run.close.requested.dlq with 2 partitions',
      'created run.close.requested with 2 partitions',
    ]);
    expect(await setUpTopics(client, plan)).to.deep.equal([]);
    expect(await compareTopics(client, plan)).to.deep.equal([]);

    const [requested, closed, deadLetters] = await Promise.all(
      [names.requested, names.closed, names.deadLetters].map(settingsOf),
    );
    expect(requested?.get('retention.ms')).to.equal('2592000000');
    expect(requested?.get('message.timestamp.type')).to.equal('LogAppendTime');
    expect(requested?.get('max.message.bytes')).to.equal('1048576');
    expect(closed?.get('retention.ms')).to.equal('7776000000');
    expect(closed?.get('max.message.bytes')).to.equal('8388608');
    expect(closed?.get('cleanup.policy')).to.equal('delete');
    expect(deadLetters?.get('message.timestamp.type')).to.equal('CreateTime');
    expect(deadLetters?.get('message.timestamp.after.max.ms')).to.equal('9223372036854775807');
  });

  it('ends well for each of several who do so at once, and one of them says so', async () => {
    const atOnce = async (wanted: typeof plan) =>
      (await Promise.all(Array.from({ length: 5 }, () => setUpTopics(client, wanted)))).flat().length;
    expect(await atOnce(plan), 'topics created').to.equal(5);
    expect(await atOnce({ ...plan, partitions: 4, growth: 'repartition' }), 'topics grown').to.equal(5);
    expect(await compareTopics(client, plan)).to.deep.equal([]);
  });

  it('repairs a setting that differs, says so, and leaves the others that somebody has set', async () => {
    await setUpTopics(client, plan);
    await configureTopic(admin, names.closed, {
      'retention.ms': '1000',
      'segment.ms': '60000',
      'max.message.bytes': '8388608',
    });
    const difference = { topic: names.closed, setting: 'retention.ms', wanted: '7776000000', actual: '1000' };
    expect(await compareTopics(client, plan)).to.deep.equal([difference]);
    expect(await setUpTopics(client, plan)).to.deep.equal([
      `${names.closed}: retention.ms 1000 → 7776000000`,
    ]);
    const settings = await settingsOf(names.closed);
    expect(settings.get('segment.ms')).to.equal('60000');
    expect(settings.get('max.message.bytes')).to.equal('8388608');
  });

  it('leaves a retention and a message size that an operator has raised', async () => {
    await setUpTopics(client, plan);
    const raised = { 'retention.ms': '-1', 'max.message.bytes': '16777216' };
    for (const name of [names.closed, names.requested])
      await configureTopic(admin, name, {
        ...raised,
        ...(name === names.requested && { 'message.timestamp.type': 'LogAppendTime' }),
      });
    expect(await compareTopics(client, plan)).to.deep.equal([]);
    expect(await setUpTopics(client, plan)).to.deep.equal([]);
    for (const [setting, value] of Object.entries(raised))
      expect((await settingsOf(names.closed)).get(setting), setting).to.equal(value);
  });

  it('adds partitions only when it is told to, to the outputs first', async () => {
    await setUpTopics(client, plan);
    await admin.createPartitions({ topicPartitions: [{ topic: names.requested, count: 3 }] });
    expect(await setUpTopics(client, plan)).to.deep.equal([]);
    expect(
      (await compareTopics(client, plan)).map(({ topic, setting, wanted, actual }) => [
        topic,
        setting,
        wanted,
        actual,
      ]),
    )
      .to.have.length(4)
      .and.to.deep.include([names.closed, 'partitions', '3', '2']);
    const changes = await setUpTopics(client, { ...plan, partitions: 4, growth: 'repartition' });
    expect(changes).to.deep.equal([
      `${names.closed}: 2 → 4 partitions`,
      `${names.summary}: 2 → 4 partitions`,
      `${names.rejected}: 2 → 4 partitions`,
      `${names.deadLetters}: 2 → 4 partitions`,
      `${names.requested}: 3 → 4 partitions`,
    ]);
  });

  it('creates a missing topic as wide as the others are', async () => {
    await setUpTopics(client, { ...plan, partitions: 3 });
    await deleteTopics(admin, [names.summary]);
    expect(await setUpTopics(client, plan)).to.deep.equal([`created ${names.summary} with 3 partitions`]);
  });

  it('refuses more replicas than there are brokers', async () => {
    const failure = await setUpTopics(client, { ...plan, replicationFactor: 99 }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_INVALID_REPLICATION_FACTOR' });
    await setUpTopics(client, plan);
  });
});
