import { count } from '../../domain/words/count.ts';
import { duration } from '../../domain/words/duration.ts';
import type { Instance } from '../../operations/status/instances.ts';
import { MAX_DEAD_LETTERS, type PartitionStatus } from '../../operations/status/partition-status.ts';
import type { GroupStatus } from '../../operations/status/status.ts';
import type { Colors } from '../frame/output.ts';
import { sentences } from '../text/sentences.ts';
import { type Column, table } from '../text/table.ts';

/** The processes of the group, if there are any, and below them the partitions. Each partition names its process by a number: `#1`. */
export const statusTables = (status: GroupStatus, colors: Colors): string =>
  [
    ...(status.instances.length === 0 ? [] : [instanceTable(status.instances, colors), '']),
    partitionTable(status, colors),
  ].join('\n');

/** The column of each field, in the order of the table. Null: the field has no column. */
type Columns<Thing> = Readonly<Record<keyof Thing, Column<Thing> | null>>;

const columnsIn = <Thing>(columns: Columns<Thing>): readonly Column<Thing>[] =>
  Object.values<Column<Thing> | null>(columns).filter((column) => column !== null);

const INSTANCE_COLUMNS: Columns<Instance> = {
  clientId: { title: 'instance', cell: ({ clientId, host }) => `${clientId} on ${host}` },
  host: null, // The column of the client id shows the host.
  instance: null,
  version: { title: 'version', cell: ({ version }) => version ?? 'unknown' },
  startedAt: null, // The column "up" says how long ago that was.
  uptimeSeconds: {
    title: 'up',
    align: 'right',
    cell: ({ uptimeSeconds }) => (uptimeSeconds === null ? 'unknown' : duration(uptimeSeconds)),
  },
  workers: null,
  partitions: { title: 'partitions', align: 'right', cell: ({ partitions }) => partitions.length },
  breakers: { title: 'breakers', cell: (instance) => breakersText(instance) },
};

const instanceTable = (instances: readonly Instance[], colors: Colors): string =>
  table(
    [{ title: '', align: 'right', cell: (_, index) => numbered(index) }, ...columnsIn(INSTANCE_COLUMNS)],
    instances,
    colors,
  );

/** Names the breakers that are not closed. */
const breakersText = ({ breakers }: Instance): string => {
  if (breakers === null) return 'unknown';
  const notClosed = Object.entries(breakers).filter(([, state]) => state !== 'closed');
  return notClosed.length === 0 ? 'closed' : notClosed.map((breaker) => breaker.join(' ')).join(', ');
};

const partitionColumns = (instances: readonly Instance[]): Columns<PartitionStatus> => {
  const owners = new Map(
    instances.flatMap(({ partitions }, index) => partitions.map((partition) => [partition, numbered(index)])),
  );
  return {
    topic: null, // All partitions are those of one topic.
    partition: { title: 'partition', align: 'right', cell: ({ partition }) => partition },
    owner: { title: 'owner', align: 'right', cell: ({ partition }) => owners.get(partition) ?? 'nobody' },
    epoch: { title: 'epoch', align: 'right', cell: ({ epoch }) => epoch ?? '-' },
    committed: { title: 'committed', align: 'right', cell: ({ committed }) => committed ?? '-' },
    end: { title: 'end', align: 'right', cell: ({ end }) => end ?? 'no leader' },
    lagRecords: { title: 'lag', align: 'right', cell: ({ lagRecords }) => lagRecords ?? '-' },
    lagSeconds: {
      title: 'waiting',
      align: 'right',
      cell: ({ lagSeconds }) => (lagSeconds === null ? '-' : duration(lagSeconds)),
    },
    deadLetters: { title: 'dead letters', align: 'right', cell: ({ deadLetters }) => deadLetters },
    heldBack: null, // The alarm INPUT_HELD_BACK names the open transaction.
    alarms: null, // The summary below the table has the alarms.
  };
};

const partitionTable = ({ instances, statuses }: GroupStatus, colors: Colors): string =>
  table(columnsIn(partitionColumns(instances)), statuses, colors);

const numbered = (index: number): string => `#${String(index + 1)}`;

/** What the tables show, in sentences, and what to do about it. */
export const summary = ({ groupId, instances, statuses }: GroupStatus): readonly string[] => {
  const waiting = statuses.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  const longest = Math.max(...statuses.map(({ lagSeconds }) => lagSeconds ?? 0));
  const leaderless = statuses.filter(({ end }) => end === null);
  const dead = statuses.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const silent = instances.filter(({ breakers }) => breakers === null).length;
  const alarms = statuses.flatMap((status) => status.alarms);
  return sentences(
    waiting === 0
      ? leaderless.length === 0 && 'Nothing waits.'
      : `${count(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${duration(longest)}.`,
    ...alarms.map(({ code, message }) => `${code}: ${message}`),
    alarms.length > 0 && 'What to do about each code: docs/runbook.md, and runclose doctor',
    instances.length === 0 && `Group ${groupId} has no members. To start one: runclose serve`,
    silent > 0 &&
      `The breakers of ${count(silent, 'instance')} are unknown: no answer to GET /status at HTTP_PORT from here.`,
    dead > 0 &&
      `${count(dead, 'dead letter')}${dead < MAX_DEAD_LETTERS ? '' : ' or more'}. ` +
        'To see them: runclose dlq list',
  );
};
