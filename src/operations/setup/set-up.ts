/** Creates topics, registers schemas and migrates Postgres. Safe to run again: each part changes only what differs. */
import { registerSchemas } from '../../avro/register-schemas.ts';
import type { Config } from '../../config/config.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { NO_SUBSCRIBERS, type Right, rightsOf } from '../../kafka/rights/rights.ts';
import { compareTopics, setUpTopics, type TopicPlan } from '../../kafka/topics/topics.ts';
import { migrate, type MigrationReport } from '../../postgres/migrate.ts';
import { PATIENT } from '../../postgres/migration-lock.ts';
import { nameEveryMissingRight } from '../rights/every-missing-right.ts';
import { principalOf } from '../rights/principal-of.ts';
import {
  databaseOf,
  openDatabaseAsOwner,
  openKafka,
  openRegistry,
  reachPostgres,
} from '../servers/servers.ts';
import { openTogether } from '../servers/open-together.ts';
import type { Work } from '../work.ts';

export type Change = { readonly server: 'postgres' | 'kafka' | 'registry'; readonly change: string };

export type SetUp = {
  readonly changes: readonly Change[];
  /** Topics with fewer partitions than the settings ask for. */
  readonly tooFewPartitions: () => ReturnType<typeof compareTopics>;
};

export const setUp = async (
  work: Work,
  config: Config<'kafka' | 'registry' | 'database'>,
  growth: TopicPlan['growth'],
): Promise<SetUp> => {
  const [kafka, registry] = await openTogether(
    openKafka(work, config),
    openRegistry(work, config),
    openDatabaseAsOwner(work, config),
  );
  const plan = topicPlan(config, growth);
  const migrated = await reachPostgres(work, config, () =>
    migrate(databaseOf(work), { ...PATIENT, onWaiting: noteOnce(work) }),
  );
  const topics = await setUpTopics(kafka, plan).catch(async (thrown: unknown) => {
    const [needed, principal] = [rightsInUse(config), await principalOf(config.kafka)];
    throw await nameEveryMissingRight(thrown, { kafka, needed, principal });
  });
  const subjects = await registerSchemas({ ...registry, settings: config.registry });
  return {
    changes: [
      ...databaseChanges(migrated).map((change) => ({ server: 'postgres', change }) as const),
      ...topics.map((change) => ({ server: 'kafka', change }) as const),
      ...subjects.flatMap(({ subject, changes }) =>
        changes.map((change) => ({ server: 'registry', change: `${subject}: ${change}` }) as const),
      ),
    ],
    tooFewPartitions: () => tooFewPartitions(kafka, plan),
  };
};

const noteOnce = ({ note }: Pick<Work, 'note'>): ((holder: string) => void) => {
  let isNoted = false;
  return (holder) => {
    if (!isNoted) note(`Waiting for another migration of this database: ${holder} …`);
    isNoted = true;
  };
};

const topicPlan = ({ topics }: Pick<Config, 'topics'>, growth: TopicPlan['growth']): TopicPlan => {
  const { prefix, ...counts } = topics;
  return { names: topicNames(prefix), ...counts, growth };
};

/** The owner's rights. Reading the default replication factor needs a right, which is left out if a setting gives the factor. */
const rightsInUse = ({ topics, kafka }: Pick<Config, 'topics' | 'kafka'>): readonly Right[] =>
  rightsOf('owner', {
    prefix: topics.prefix,
    groupId: kafka.groupId,
    subscriberGroups: NO_SUBSCRIBERS,
  }).filter(({ resource }) => resource.type !== 'cluster' || topics.replicationFactor === undefined);

const databaseChanges = ({
  roleCreated,
  roleGranted,
  applied,
  rightsGranted,
}: MigrationReport): readonly string[] => [
  ...(roleCreated ? ['created the role runclose_processor'] : []),
  ...(roleGranted ? ['granted the role runclose_processor to the user of DATABASE_URL'] : []),
  ...applied.map((name) => `applied migration ${name}`),
  ...(rightsGranted ? ['granted the rights that the role runclose_processor lacked'] : []),
];

/** Finds topics with fewer partitions than the plan. Setup adds partitions only with `--repartition`. */
const tooFewPartitions = async (kafka: Parameters<typeof compareTopics>[0], plan: TopicPlan) =>
  (await compareTopics(kafka, { ...plan, growth: 'repartition' })).filter(
    ({ setting }) => setting === 'partitions',
  );
