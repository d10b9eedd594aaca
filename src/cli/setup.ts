import { count } from '../domain/words/count.ts';
import { registerSchemas } from '../avro/register-schemas.ts';
import type { Config } from '../config/config.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { compareTopics, setUpTopics, type TopicPlan } from '../kafka/topics.ts';
import { migrate, type MigrationReport } from '../postgres/migrate.ts';
import type { Cli } from './frame/cli.ts';
import { plaintextWarning } from './frame/plaintext.ts';
import { databaseOf, openKafka, openRegistry, reachPostgres } from './frame/servers.ts';
import type { LineOf } from './json/lines.ts';

type Change = LineOf<'setup'>;

export const setup = (cli: Cli): void => {
  cli
    .command('setup', 'Create topics, register schemas and migrate Postgres; safe to run again', [
      'runclose setup',
      'TOPIC_PARTITIONS=12 runclose setup --repartition',
    ])
    .option('--repartition', 'add partitions to topics in use: outputs first, the input last')
    .action(
      cli.perform(async (context, { repartition = false }: { readonly repartition?: boolean }) => {
        const { output } = context;
        const config = context.settings('kafka', 'registry', 'database');
        const plaintext = plaintextWarning(config);
        if (plaintext !== null) output.note(`Warning: ${plaintext}.`);
        const kafka = await openKafka(context, config);
        const registry = await openRegistry(context, config);
        const plan = topicPlan(config, repartition ? 'repartition' : 'never');

        const migrated = await reachPostgres(context, config, () => migrate(databaseOf(context)));
        const topics = await setUpTopics(kafka, plan);
        const subjects = await registerSchemas({ ...registry, settings: config.registry });

        const changes: readonly Change[] = [
          ...databaseChanges(migrated).map((change) => ({ server: 'postgres', change }) as const),
          ...topics.map((change) => ({ server: 'kafka', change }) as const),
          ...subjects.flatMap(({ subject, changes }) =>
            changes.map((change) => ({ server: 'registry', change: `${subject}: ${change}` }) as const),
          ),
        ];
        for (const it of changes) {
          if (output.json) await output.record(it);
          else await output.line(`${it.server.padEnd(8)}  ${it.change}`);
        }
        for (const { topic, wanted, actual } of await tooFewPartitions(kafka, plan)) {
          output.note(
            `${topic} has ${actual} of ${count(Number(wanted), 'partition')}; to add them: runclose setup --repartition`,
          );
        }
        output.note(changes.length === 0 ? 'Nothing to change.' : 'All is set up. Next: runclose serve');
      }),
    );
};

const topicPlan = ({ topics }: Pick<Config, 'topics'>, growth: TopicPlan['growth']): TopicPlan => {
  const { prefix, ...counts } = topics;
  return { names: topicNames(prefix), ...counts, growth };
};

const databaseChanges = ({ roleCreated, roleGranted, applied }: MigrationReport): readonly string[] => [
  ...(roleCreated ? ['created the role runclose_processor'] : []),
  ...(roleGranted ? ['granted the role runclose_processor to the user of DATABASE_URL'] : []),
  ...applied.map((name) => `applied migration ${name}`),
];

/** What the plan asks for and only `--repartition` may do. */
const tooFewPartitions = async (kafka: Parameters<typeof compareTopics>[0], plan: TopicPlan) =>
  (await compareTopics(kafka, { ...plan, growth: 'repartition' })).filter(
    ({ setting }) => setting === 'partitions',
  );
