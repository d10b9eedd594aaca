import { readFileSync } from 'node:fs';
import { BrokenPromise } from '../broken-promise.ts';
import type { FirstOffsets } from '../evidence/gather.ts';
import type { Random } from '../random.ts';
import type { UpstreamPublisher } from '../stream/publisher.ts';
import type { Stream } from '../stream/stream.ts';
import { waitUntil } from '../world/wait-until.ts';
import type { World } from '../world/world.ts';

/** Deletes topics and creates them again, after everything is emitted and checked and every instance has ended. */
export interface Recreation {
  readonly kind: string;
  /** The name that the report shows. */
  readonly title: string;
  /**
   * Publishes old commands and new ones, waits for the alarm, and follows its advice and the docs. Rejects with a `BrokenPromise` if the
   * alarm does not come, if its advice does not help, or if a command is emitted or skipped before.
   */
  inject: (deps: RecreationDeps) => Promise<FirstOffsets>;
}

export type RecreationDeps = {
  readonly world: World;
  readonly stream: Stream;
  readonly publisher: UpstreamPublisher;
  readonly random: Random;
};

const PATIENCE_SECONDS = 120;
const [PORTIONS, RECORDS] = [4, 100] as const;

export const publishMore = async ({ stream, publisher }: RecreationDeps): Promise<void> => {
  for (let portion = 0; portion < PORTIONS; portion += 1) await publisher.publish(stream.later(RECORDS));
};

export const startAll = ({ fleet, spareSlot }: World): void => {
  for (let slot = 0; slot < spareSlot; slot += 1) fleet.start(slot);
};

/** Starts all instances and waits until they are idle: a batch in flight while a topic is deleted would go into the new topic. */
export const startIdle = async (world: World): Promise<void> => {
  startAll(world);
  await world.fleet.serving(world.frozen);
  const isIdle = async (): Promise<boolean> => (await world.group.lag()) === 0;
  await waitUntil(world, 'the instances do not come to the end', isIdle, PATIENCE_SECONDS);
};

/** Waits until any running instance raises this alarm. */
export const waitForAlarm = async (world: World, code: string): Promise<void> => {
  const { fleet } = world;
  const isAlarmed = (): boolean =>
    fleet.slots.some((slot) => readFileSync(fleet.at(slot)?.logFile ?? '', 'utf8').includes(code));
  const otherwise = new BrokenPromise(`topics were created again, but no instance raised the alarm ${code}`);
  await waitUntil(world, otherwise, () => Promise.resolve(isAlarmed()), PATIENCE_SECONDS);
};

/** Runs the command first without `--yes`: it must say what it would do, and change nothing. */
export const adoptTopics = async (
  world: World,
  { words, before }: { words: string; before: Standing },
): Promise<void> => {
  const shown = (await world.runclose('adopt-topics')).join('\n');
  if (!shown.includes(words)) throw new BrokenPromise(`adopt-topics does not say what it would do: ${shown}`);
  const current = await readStanding(world);
  if (current.passed !== before.passed || current.written !== before.written)
    throw new BrokenPromise(
      `while the alarm stood, the group passed ${current.passed - before.passed} commands, and the outputs got ` +
        `${current.written - before.written} records`,
    );
  await world.runclose('adopt-topics', '--yes').catch((error: unknown) => {
    throw new BrokenPromise(String(error));
  });
};

export type Standing = {
  /** Records of the input that the group has passed. */
  readonly passed: number;
  /** Records of the outputs. */
  readonly written: number;
};

export const readStanding = async ({ client, group, names }: World): Promise<Standing> => {
  const passed = sum([...(await group.committed()).values()]);
  const admin = client.admin();
  try {
    await admin.connect();
    const outputs = Object.values(names).filter((name) => name !== names.requested);
    const ends = await Promise.all(outputs.map((topic) => admin.fetchTopicOffsets(topic)));
    return { passed, written: sum(ends.flat().map(({ high }) => Number(high))) };
  } finally {
    await admin.disconnect();
  }
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

export const recreateTopics = async (world: World, topics: readonly string[]): Promise<void> => {
  const admin = world.client.admin();
  try {
    await admin.connect();
    await admin.deleteTopics({ topics: [...topics] });
    await waitUntil(world, 'the topics are not deleted', async () => {
      const remaining = await admin.listTopics();
      return topics.every((topic) => !remaining.includes(topic));
    });
  } finally {
    await admin.disconnect();
  }
  await world.setUp(world.partitions);
};
