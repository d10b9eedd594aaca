import { root } from '../../stack/folders.ts';
import type { Measured } from '../part.ts';
import { serveFrom } from '../serve/contestants.ts';
import { publishAll } from '../serve/publish.ts';
import { openRoom, type Room } from '../serve/room.ts';
import { workThrough, type TrialDeps } from '../serve/trial.ts';
import { recordsOf, take, type CommandRecord } from '../serve/workload.ts';

const PARTITIONS = 60;

/**
 * Measures the time from the start of a process until it has decided one more command in every partition, with long outputs.
 *
 * @param tail how many runs the outputs hold
 */
export const measureStarts = async (tail: number, deps: TrialDeps): Promise<Measured> => {
  const workload = { ...deps.workload, partitions: PARTITIONS, commands: tail };
  const room = await openRoom(deps.servers, root, PARTITIONS);
  const publish = (records: Iterable<CommandRecord>) =>
    publishAll(records, { client: deps.servers.client, topic: room.names.requested, signal: deps.signal });
  try {
    deps.progress.say(`Starts with ${String(PARTITIONS)} partitions and ${String(tail)} emitted runs…`);
    const records = recordsOf({ ...workload, commands: tail + 2 * FRESH }, deps.servers.commandSchemaId);
    await publish(take(records, tail));
    await workThrough(serveFrom(root), room, { ...deps, commands: tail, doneBefore: 0 });
    const rows = [];
    for (const [index, [start, before]] of STARTS.entries()) {
      await before(room, deps);
      await publish(take(records, FRESH));
      const doneBefore = tail + index * FRESH;
      const { seconds } = await workThrough(serveFrom(root), room, { ...deps, commands: FRESH, doneBefore });
      rows.push({ start, partitions: PARTITIONS, 'emitted runs': doneBefore, seconds });
    }
    return {
      part: 'growth: starts',
      beside:
        'from the start of the process until every partition has decided and emitted what was published meanwhile',
      rows,
    };
  } finally {
    await room.remove();
  }
};

/** Enough for a few commands in each partition. */
const FRESH = 600;

const STARTS: readonly (readonly [string, (room: Room, deps: TrialDeps) => Promise<void>])[] = [
  ['after a drain', () => Promise.resolve()],
  [
    'the group has lost its offsets: the outputs are read',
    async ({ groupId }, { servers }) => {
      const admin = servers.client.admin();
      await admin.connect();
      await admin.deleteGroups([groupId]);
      await admin.disconnect();
    },
  ],
];
