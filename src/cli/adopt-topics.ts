import { OUTPUT_ROLES, type TopicNames } from '../kafka/topic-names.ts';
import type { PartitionLease } from '../postgres/lease/leases.ts';
import { adoptInput, adoptOutputs } from '../postgres/lease/topics.ts';
import { Failure } from '../processor/failure.ts';
import type { LogIdentity } from '../processor/ports.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { lookAtEach, openAllTopics } from '../operations/servers/topics.ts';

type Adoption = 'input' | 'outputs';

export const adoptTopics = (cli: Cli): void => {
  cli
    .command('adopt-topics', 'Continue on topics that were deleted and created again', [
      'runclose adopt-topics',
      'runclose adopt-topics --yes',
    ])
    .option('--yes', 'do it; without, only show what would be done')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const found = await look(context);
        const { names, leases, identity } = found;
        const topic = names.requested;
        const adopts = await adoptionOf(found);
        if (adopts === null) {
          output.note(
            `${topic} and its outputs are the topics that Postgres knows: there is nothing to adopt.`,
          );
          return;
        }
        if (yes) await adopt(found, adopts);
        for (const { partition, nextOffset, emittedThrough } of leases) {
          const fact = { topic, partition, adopts, decidedBefore: nextOffset, emittedBefore: emittedThrough };
          if (output.json) await output.record({ ...fact, done: yes });
          else await output.line(`${topic}/${String(partition)}: ${WORDS[adopts](nextOffset, yes)}`);
        }
        output.note(NOTES[adopts]);
        if (adopts === 'input') for (const lease of leases) noteUnemitted(context, topic, lease);
        if (!yes) output.note('To go on: runclose adopt-topics --yes');
        else if (identity.inputId !== null) output.note(`The topic's id is ${identity.inputId}.`);
      }),
    );
};

const WORDS: Readonly<Record<Adoption, (decidedBefore: number | null, done: boolean) => string>> = {
  input: (decidedBefore, done) =>
    `the positions of the former topic, up to ${String(decidedBefore ?? 0)}, ${done ? 'were' : 'would be'} put aside`,
  outputs: (_, done) => `the new outputs ${done ? 'were' : 'would be'} adopted`,
};

const NOTES: Readonly<Record<Adoption, string>> = {
  input:
    'The new topic is decided from its first record on. A command that was decided before is known by its id, and emits nothing again.',
  outputs:
    'Nothing that was emitted before is emitted again. The events of the deleted topics are gone, except for those in a file of ' +
    '`runclose replay export --with-events`: `runclose replay emit --file` writes them again.',
};

const noteUnemitted = (
  { output }: CommandContext,
  topic: string,
  { partition, nextOffset, emittedThrough }: PartitionLease,
): void => {
  const from = emittedThrough ?? 0;
  if (nextOffset !== null && from < nextOffset)
    output.note(
      `${topic}/${String(partition)}: the events of offsets ${String(from)} to ${String(nextOffset - 1)} of the former topic may not have been ` +
        'emitted: `runclose explain --command` shows what was decided.',
    );
};

const look = async (context: CommandContext) => {
  const found = await openAllTopics(context);
  const { names, identity, leases } = found;
  const elsewhere = leases.find(({ clusterId }) => clusterId !== identity.clusterId);
  if (elsewhere !== undefined) throw otherCluster(names.requested, elsewhere.clusterId, identity.clusterId);
  return found;
};

type Found = Awaited<ReturnType<typeof look>>;

/** Which topics are not the ones that the store knows; null: none. Fails if events of the old topic could be taken for those of the new one. */
const adoptionOf = async (found: Found): Promise<Adoption | null> => {
  const { names, identity, leases } = found;
  const { found: stands, left: unknown } = await lookAtEach(everyPartition(found), (partition) =>
    standOf(found, partition),
  );
  if (unknown[0] !== undefined) throw cannotTell(names, unknown[0].partition, unknown[0].failure);
  const isNew =
    stands.some(({ value }) => value.isBeyond) || leases.some((lease) => differs(lease, identity, 'inputId'));
  if (!isNew) return leases.some((lease) => differs(lease, identity, 'outputsId')) ? 'outputs' : null;
  const left = stands.find(({ value }) => value.last !== null);
  if (left !== undefined) throw outputsOfFormer(names, left.partition, left.value.last);
  return 'input';
};

/** The former input, and the outputs, may have had more partitions than the input has now. */
const everyPartition = ({ counts, leases }: Found): readonly number[] => {
  const most = Math.max(...counts.values(), ...leases.map(({ partition }) => partition + 1));
  return Array.from({ length: most }, (_, partition) => partition);
};

/** The last position that the outputs name, and whether the outputs or the store know of more records than the input holds. */
const standOf = async ({ log, names, counts, leases, partitions }: Found, partition: number) => {
  const outputs = OUTPUT_ROLES.map((role) => names[role]).filter(
    (topic) => partition < (counts.get(topic) ?? 0),
  );
  const last = await log.lastSourceIn(outputs, partition);
  const { high } = partitions.includes(partition) ? await log.bounds(partition) : { high: 0 };
  const lease = leases.find((each) => each.partition === partition);
  const known = Math.max(lease?.nextOffset ?? 0, last === null ? 0 : last + 1);
  return { last, isBeyond: known > high || lease?.isCutShort === true };
};

const differs = (lease: PartitionLease, identity: LogIdentity, id: 'inputId' | 'outputsId'): boolean =>
  lease[id] !== null && identity[id] !== null && lease[id] !== identity[id];

const adopt = async ({ pool, log, names, identity, leases }: Found, adopts: Adoption): Promise<void> => {
  const scope = { clusterId: identity.clusterId, topic: names.requested };
  switch (adopts) {
    case 'input':
      await adoptInput(pool, scope);
      return;
    case 'outputs': {
      const committed = await Promise.all(
        leases.map(
          async ({ partition }) => [partition, (await log.committedOffset(partition)) ?? 0] as const,
        ),
      );
      await adoptOutputs(pool, scope, identity.outputsId ?? '', new Map(committed));
    }
  }
};

const otherCluster = (topic: string, known: string, now: string): Failure =>
  new Failure(
    'fatal',
    'CLUSTER_CHANGED',
    `${topic} was processed on Kafka cluster ${known}, but this is ${now}: \`runclose adopt-cluster\` adopts this cluster`,
  );

/**
 * An event names only the position of its command, not the topic's id. If the outputs held events of both topics, nobody could tell
 * which topic a position belongs to.
 */
const outputsOfFormer = ({ requested }: TopicNames, partition: number, last: number | null): Failure =>
  new Failure(
    'fatal',
    'OUTPUTS_OF_FORMER_TOPIC',
    `the outputs hold events of the former ${requested} (up to ${requested}/${String(partition)}@${String(last)}), which cannot be ` +
      'told from events of the new topic. Nothing was changed. If Postgres was restored to a time before the new topic was adopted, these ' +
      'are events of the new topic: delete nothing, and restore a later backup. Otherwise, either set another TOPIC_PREFIX everywhere and run ' +
      '`runclose setup`: this keeps the old events. Or, once all subscribers have read the old events, delete the four ' +
      'output topics too, run `runclose setup`, and then `runclose adopt-topics` again. Both ways keep the ledgers.',
  );

/** All partitions are adopted together: if one still held events of the former topic, they would count as events of the new one. */
const cannotTell = ({ requested }: TopicNames, partition: number, { code, message }: Failure): Failure =>
  new Failure(
    'transient',
    code,
    `${requested}/${String(partition)} and its outputs cannot be read, and all partitions must be adopted together. Nothing was changed; ` +
      `run this again when these partitions can be read: ${message}`,
  );
