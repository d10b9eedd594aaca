import { readFileSync } from 'node:fs';
import type { Random } from './random.ts';
import type { UpstreamPublisher } from './stream/publisher.ts';
import type { Stream } from './stream/stream.ts';
import { awaited } from './world/awaited.ts';
import type { World } from './world/world.ts';

export type RecreationDeps = {
  readonly world: World;
  readonly stream: Stream;
  readonly publisher: UpstreamPublisher;
  readonly random: Random;
};

export const RECREATION = {
  kind: 'recreate-topics',
  title: 'topics deleted and created again, the alarm obeyed',
} as const;

/**
 * The last fault, once all is emitted and checked and every instance has ended: deletes the topics, sets them up again, publishes old
 * commands and new ones, waits for the alarm, and does what it advises and the docs say. Rejects if the alarm does not come, if its
 * advice does not help, or if anything is emitted or passed before.
 */
export const recreateTopics = async ({ world, stream, publisher, random }: RecreationDeps): Promise<void> => {
  const { fleet, group, names, spareSlot, note } = world;
  const [first, alone] = random.pick([
    [Object.values(names), []],
    [[names.requested], Object.values(names).filter((name) => name !== names.requested)],
  ] as const);
  const instances = random.pick(['running', 'stopped']);
  const start = (): void => {
    for (let slot = 0; slot < spareSlot; slot += 1) fleet.start(slot);
  };
  const publish = async (): Promise<void> => {
    for (let portion = 0; portion < PORTIONS; portion += 1) await publisher.publish(stream.later(RECORDS));
  };

  if (instances === 'running') {
    start();
    await fleet.serving(world.frozen);
    // What the witness has marked the ends with is no command, and would otherwise be emitted into the new topics.
    await awaited(
      world,
      'the instances do not come to the end',
      async () => (await group.lag()) === 0,
      PATIENCE,
    );
  }
  await recreate(world, first);
  await publish();
  if (instances === 'stopped') start();
  await awaited(world, `nobody alarmed ${ALARM}`, () => Promise.resolve(isAlarmed(world)), PATIENCE);

  if (alone.length > 0) {
    const refusal = await world.runclose('adopt-topics', '--yes').then(
      () => 'adopted',
      (error: unknown) => String(error),
    );
    if (!refusal.includes('delete the four output topics'))
      throw new Error(`adopt-topics should have refused while the old events are there: ${refusal}`);
    await recreate(world, alone);
  }
  const shown = await world.runclose('adopt-topics');
  if (!shown.join('\n').includes('would be put aside'))
    throw new Error(`adopt-topics does not say what it would do: ${shown.join('\n')}`);
  await nothingHappened(world);
  await world.runclose('adopt-topics', '--yes');
  await publish();
  note(
    `${alone.length > 0 ? 'The input topic was deleted and created again, then the outputs,' : 'All topics were deleted and created again'} ` +
      `while the instances were ${instances}; ${ALARM} came, and adopt-topics helped.`,
  );
};

const ALARM = 'INPUT_RECREATED';
const PATIENCE = 120;
const [PORTIONS, RECORDS] = [4, 100] as const;

/** In any instance that runs now. */
const isAlarmed = ({ fleet }: World): boolean =>
  fleet.slots.some((slot) => readFileSync(fleet.at(slot)?.logFile ?? '', 'utf8').includes(ALARM));

const recreate = async (world: World, topics: readonly string[]): Promise<void> => {
  const admin = world.client.admin();
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: [...topics] });
    await awaited(world, 'the topics are not deleted', async () => {
      const left = await admin.listTopics();
      return topics.every((topic) => !left.includes(topic));
    });
  } finally {
    await admin.disconnect();
  }
  await world.setUp(world.partitions);
};

/** Nothing stands in the outputs, and the group has passed no command. */
const nothingHappened = async ({ client, group, names }: World): Promise<void> => {
  const passed = [...(await group.committed()).values()].reduce((sum, offset) => sum + offset, 0);
  if (passed > 0) throw new Error(`the group passed ${passed} commands while ${ALARM} stood`);
  const admin = client.admin();
  try {
    await admin.connect();
    for (const topic of Object.values(names).filter((name) => name !== names.requested)) {
      const ends = await admin.fetchTopicOffsets(topic);
      const written = ends.reduce((sum, { high }) => sum + Number(high), 0);
      if (written > 0) throw new Error(`${topic} got ${written} records while ${ALARM} stood`);
    }
  } finally {
    await admin.disconnect();
  }
};
