import { OUTPUT_ROLES } from '../evidence/evidence.ts';
import type { FirstOffsets } from '../evidence/gather.ts';
import type { World } from '../world/world.ts';
import {
  adoptTopics,
  waitForAlarm,
  publishMore,
  recreateTopics,
  type Recreation,
  readStanding,
  startAll,
  startIdle,
} from './recreation.ts';

export const recreateOutput: Recreation = {
  kind: 'recreate-output',
  title: 'an output deleted and created again',
  inject: async (deps) => {
    const { world, random } = deps;
    const { names, note } = world;
    const role = random.pick(OUTPUT_ROLES);
    const instances = random.pick(['running', 'stopped']);

    if (instances === 'running') await startIdle(world);
    const kept = OUTPUT_ROLES.filter((each) => each !== role);
    const since = await readPositions(world, kept);
    await recreateTopics(world, [names[role]]);
    const before = await readStanding(world);
    await publishMore(deps);
    if (instances === 'stopped') startAll(world);
    await waitForAlarm(world, ALARM);
    await adoptTopics(world, { words: 'would be adopted', before });
    await publishMore(deps);
    note(
      `${names[role]} was deleted and created again while the instances were ${instances}. ${ALARM} came, and adopt-topics led on.`,
    );
    return since;
  },
};

/** Reads the group's offset and the ends of these outputs. */
const readPositions = async (
  { client, group, names }: World,
  kept: (typeof OUTPUT_ROLES)[number][],
): Promise<FirstOffsets> => {
  const admin = client.admin();
  try {
    await admin.connect();
    const ends = kept.map(async (role) => {
      const offsets = await admin.fetchTopicOffsets(names[role]);
      return [role, new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))] as const;
    });
    return new Map([['requested', await group.committed()], ...(await Promise.all(ends))]);
  } finally {
    await admin.disconnect();
  }
};

const ALARM = 'OUTPUTS_RECREATED';
