import { expect } from 'chai';
import { topicNames } from '../../../src/kafka/names/topic-names.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from '../../support/registry.ts';
import { runRunclose } from '../../support/runclose-process.ts';
import { kafkaBrokers, testKafka } from '../../support/topics.ts';

const AT_ONCE = 5;
const ROUNDS = 3;

type Change = { readonly server: string; readonly change: string };

/** Like the replicas of a job: each does what is missing at this moment, and all end well. */
const runAll = async (env: Record<string, string>, ...args: string[]): Promise<readonly Change[]> => {
  const ended = await Promise.all(
    Array.from({ length: AT_ONCE }, () => runRunclose(['setup', ...args, '--json'], env)),
  );
  expect(
    ended.map(({ code, stderr }) => (code === 0 ? 'done' : stderr)),
    'each of them',
  ).to.deep.equal(Array(AT_ONCE).fill('done'));
  return ended.flatMap(({ stdout }) => jsonLines<Change>(stdout));
};

describe('several runclose setup at once', function () {
  this.timeout(120_000);
  for (let round = 1; round <= ROUNDS; round += 1) {
    it(`all end well on a fresh installation, and leave nothing to change (round ${String(round)})`, async () => {
      const prefix = uniquePrefix();
      const database = await createEmptyDatabase();
      const admin = testKafka().admin();
      await admin.connect();
      const env = {
        KAFKA_BROKERS: kafkaBrokers().join(','),
        SCHEMA_REGISTRY_URL: registrySettings().url,
        DATABASE_URL: database.settings.url,
        TOPIC_PREFIX: prefix,
        TOPIC_PARTITIONS: '2',
      };
      try {
        const changes = await runAll(env);
        for (const topic of Object.values(topicNames(prefix))) {
          const created = changes.filter(({ change }) => change.startsWith(`created ${topic} `));
          expect(created, `who says to have created ${topic}`).to.have.length(1);
        }
        expect(await runRunclose(['setup'], env)).to.include({ code: 0, stderr: 'Nothing to change.\n' });

        await runAll({ ...env, TOPIC_PARTITIONS: '5' }, '--repartition');
        const metadata = await admin.fetchTopicMetadata({ topics: Object.values(topicNames(prefix)) });
        expect(metadata.topics.map(({ partitions }) => partitions.length)).to.deep.equal(Array(5).fill(5));
      } finally {
        await admin.deleteTopics({ topics: Object.values(topicNames(prefix)) });
        await admin.disconnect();
        await deleteSubjects(prefix);
        await database.remove();
      }
    });
  }
});
