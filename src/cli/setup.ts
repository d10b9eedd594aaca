import { Option } from 'commander';
import { count } from '../domain/words/count.ts';
import { registerSchemas } from '../avro/register-schemas.ts';
import type { Config } from '../config/config.ts';
import { NO_SUBSCRIBERS, type Right, rightsOf } from '../kafka/rights.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { compareTopics, setUpTopics, type TopicPlan } from '../kafka/topics.ts';
import { migrate, type MigrationReport } from '../postgres/migrate.ts';
import { PATIENT } from '../postgres/migration-lock.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT, wrongUse } from './frame/exit-codes.ts';
import type { Output } from './frame/output.ts';
import { plaintextWarning } from './frame/plaintext.ts';
import { principalOf } from './frame/principal.ts';
import { databaseOf, openDatabaseAsOwner, openKafka, openRegistry, reachPostgres } from './frame/servers.ts';
import { together } from './frame/together.ts';
import type { LineOf } from './json/lines.ts';
import { nameEveryMissingRight } from './rights/every-missing-right.ts';
import { ALL_PARTS, named, type Names, PARTS } from './rights/principals.ts';
import { printRights, RIGHTS_FORMATS, type RightsFormat } from './rights/print-rights.ts';

type Change = Extract<LineOf<'setup'>, { server: unknown }>;

type SetupFlags = {
  readonly repartition?: boolean;
  /** True without a format. */
  readonly printRights?: RightsFormat | true;
  readonly principal?: Names;
};

export const setup = (cli: Cli): void => {
  cli
    .command('setup', 'Create topics, register schemas and migrate Postgres; safe to run again', [
      'runclose setup',
      'runclose setup --print-rights kafka-acls --principal processor=runclose-prod',
    ])
    .option(
      '--repartition',
      'add partitions to topics in use: outputs first, the input last (TOPIC_PARTITIONS)',
    )
    .addOption(
      new Option(
        '--print-rights [format]',
        'only print the least rights that work, as kafka-acls, strimzi or sql (default: all); connects to no server',
      ).choices(RIGHTS_FORMATS),
    )
    .addOption(
      new Option(
        '--principal <part=name>',
        `with --print-rights, a principal of your installation (repeatable; default: every part, under its own name): ${PARTS.join(', ')}`,
      ).argParser(named),
    )
    .action(
      cli.perform(async (context, { repartition = false, printRights: format, principal }: SetupFlags) => {
        const { output } = context;
        if (format !== undefined) {
          const formats = format === true ? RIGHTS_FORMATS : [format];
          await printRights(output, context.settings('group'), principal ?? ALL_PARTS, formats);
          return EXIT.done;
        }
        if (principal !== undefined) throw wrongUse('--principal needs --print-rights');
        const config = context.settings('kafka', 'registry', 'database');
        const plaintext = plaintextWarning(config);
        if (plaintext !== null) output.note(`Warning: ${plaintext}.`);
        const [kafka, registry] = await together(
          openKafka(context, config),
          openRegistry(context, config),
          openDatabaseAsOwner(context, config),
        );
        const plan = topicPlan(config, repartition ? 'repartition' : 'never');

        const migrated = await reachPostgres(context, config, () =>
          migrate(databaseOf(context), { ...PATIENT, onWaiting: noteOnce(output) }),
        );
        const topics = await setUpTopics(kafka, plan).catch(async (thrown: unknown) => {
          const [needed, principal] = [rightsInUse(config), await principalOf(config.kafka)];
          throw await nameEveryMissingRight(thrown, { kafka, needed, principal });
        });
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
        return EXIT.done;
      }),
    );
};

const noteOnce = (output: Output): ((holder: string) => void) => {
  let isNoted = false;
  return (holder) => {
    if (!isNoted) output.note(`Waiting for another migration of this database: ${holder} …`);
    isNoted = true;
  };
};

const topicPlan = ({ topics }: Pick<Config, 'topics'>, growth: TopicPlan['growth']): TopicPlan => {
  const { prefix, ...counts } = topics;
  return { names: topicNames(prefix), ...counts, growth };
};

/** The owner's rights. The default replication factor is asked for only if no setting names one. */
const rightsInUse = ({ topics, kafka }: Pick<Config, 'topics' | 'kafka'>): readonly Right[] =>
  rightsOf('owner', {
    prefix: topics.prefix,
    groupId: kafka.groupId,
    subscriberGroups: NO_SUBSCRIBERS,
  }).filter(({ resource }) => resource.type !== 'cluster' || topics.replicationFactor === undefined);

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
