import { expect } from 'chai';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from '../../support/registry.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { kafkaBrokers, testKafka } from '../../support/topics.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';

describe('runclose setup', function () {
  this.timeout(60_000);
  const prefix = uniquePrefix();
  let database: TestDatabase;
  let env: Record<string, string>;

  before(async () => {
    database = await createEmptyDatabase();
    env = {
      KAFKA_BROKERS: kafkaBrokers().join(','),
      SCHEMA_REGISTRY_URL: registrySettings().url,
      DATABASE_URL: database.settings.url,
      TOPIC_PREFIX: prefix,
      TOPIC_PARTITIONS: '2',
    };
  });

  after(async () => {
    const admin = testKafka().admin();
    await admin.connect();
    await admin.deleteTopics({ topics: Object.values(topicNames(prefix)) });
    await admin.disconnect();
    await deleteSubjects(prefix);
    await database.remove();
  });

  it('says what it changed in each server, and the second time that there was nothing to change', async () => {
    const first = await runRunclose(['setup', '--json'], env);
    expect([first.code, first.stderr]).to.deep.equal([0, 'All is set up. Next: runclose serve\n']);
    const changes = jsonLines<{ server: string; change: string }>(first.stdout);
    expect(changes.filter(({ server }) => server === 'kafka').map(({ change }) => change)).to.include(
      `created ${prefix}run.closed with 2 partitions`,
    );
    expect(changes.filter(({ server }) => server === 'registry')).to.have.length(8);
    expect(changes.filter(({ server }) => server === 'postgres').length).to.be.greaterThan(0);

    expect(await runRunclose(['setup'], env)).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'Nothing to change.\n',
    });
  });

  it('says that it has granted a right that was revoked', async () => {
    await database.query('REVOKE INSERT ON runclose.decision FROM runclose_processor');
    expect(await runRunclose(['setup'], env)).to.deep.equal({
      code: 0,
      stdout: 'postgres  granted the rights that the role runclose_processor lacked\n',
      stderr: 'All is set up. Next: runclose serve\n',
    });
  });

  it('adds partitions to topics in use only when told', async () => {
    const wider = { ...env, TOPIC_PARTITIONS: '3' };
    const careful = await runRunclose(['setup'], wider);
    expect([careful.code, careful.stdout]).to.deep.equal([0, '']);
    expect(careful.stderr).to.include(
      `${prefix}run.closed has 2 of 3 partitions; to add them: runclose setup --repartition`,
    );

    const told = await runRunclose(['setup', '--repartition'], wider);
    expect(told.code).to.equal(0);
    const lines = told.stdout.trimEnd().split('\n');
    expect(lines).to.have.length(5);
    expect(lines.at(-1)).to.equal(`kafka     ${prefix}run.close.requested: 2 → 3 partitions`);
  });

  it('names the server that is not reachable, with exit code 69', async () => {
    const away = {
      KAFKA_BROKERS: '127.0.0.1:1',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
      STARTUP_TIMEOUT_SECONDS: '1',
    };
    const kafka = await runRunclose(['setup'], { ...env, ...away });
    expect(kafka.code).to.equal(69);
    expect(kafka.stderr).to.include('Kafka at 127.0.0.1:1 does not answer yet; trying for 1 s');
    expect(kafka.stderr).to.include('Kafka at 127.0.0.1:1 is not reachable');

    const registry = await runRunclose(['setup'], {
      ...env,
      ...away,
      KAFKA_BROKERS: env['KAFKA_BROKERS'] ?? '',
    });
    expect(registry.code).to.equal(69);
    expect(registry.stderr).to.include('Schema registry at http://127.0.0.1:1 is not reachable');

    const [wrong, all] = [new URL(env['DATABASE_URL'] ?? ''), { ...env, ...away }];
    wrong.password = 'not the password';
    const both = await runRunclose(['setup'], { ...all, DATABASE_URL: wrong.href });
    expect(both.code, 'wrong configuration goes before').to.equal(78);
    expect(both.stderr)
      .to.match(/3 servers cannot be used:\n {2}Kafka at .* is not reachable/)
      .and.include('Schema registry at http://127.0.0.1:1 is not reachable')
      .and.include('check the user and the password in DATABASE_URL');

    const gone = { DATABASE_URL: 'postgres://app:secret@127.0.0.1:1/x', STARTUP_TIMEOUT_SECONDS: '0' };
    const postgres = await runRunclose(['channel', 'get', 'C1'], { ...env, ...gone });
    expect(postgres.code).to.equal(69);
    expect(postgres.stderr)
      .to.include('Postgres at 127.0.0.1:1 is not reachable')
      .and.not.to.include('secret');
  });

  it('names every mistake in the configuration at once, with exit code 78 and without values', async () => {
    const { code, stdout, stderr } = await runRunclose(['setup'], {
      ...env,
      DATABASE_URL: 'mysql://app:secret@db/x',
      KAFKA_SSL: 'secret',
      TOPIC_PARTITIONS: '0',
    });
    expect([code, stdout]).to.deep.equal([78, '']);
    expect(stderr.split('\n').slice(0, 4)).to.deep.equal([
      'runclose: The configuration has 3 mistakes:',
      '  TOPIC_PARTITIONS must be a whole number from 1 to 10000',
      '  KAFKA_SSL must be true or false',
      '  DATABASE_URL must be a URL like postgres://user:password@localhost:5432/runclose',
    ]);
    expect(stderr).not.to.include('secret');
  });
});
