import { frame } from '../../../src/wire/frame.ts';
import { BrokenPromise } from '../broken-promise.ts';
import { schemas } from '../evidence/frames.ts';
import type { Random } from '../random.ts';
import { createOffice } from '../stream/office.ts';
import { waitUntil } from '../world/wait-until.ts';
import { partitionsLedElsewhere } from '../world/placement.ts';
import type { World } from '../world/world.ts';
import { type Fault, nobodyFrozen } from './fault.ts';

/** Stops the last broker, which is no controller: partitions that only this broker has must wait, and the others must continue. */
export const leaderlessPartitions: Fault = {
  kind: 'leaderless-partitions',
  title: 'a broker away for 20 to 30 s, and with it the leaders of some partitions',
  runs: 'alone',
  brokersNeeded: 2,
  inject: async (world, random) => {
    const { kafka, client, names, note } = world;
    await nobodyFrozen(world);
    const broker = kafka.brokers.at(-1);
    const others = await partitionsLedElsewhere(client, names, [kafka.brokers.length]);
    if (broker === undefined || others.length === 0 || others.length === world.partitions)
      throw new Error(`${others.length} of ${world.partitions} partitions do not need the broker`);
    const publish = createPublisher(world, random);
    const seconds = 20 + 10 * random.next();
    const startedAt = Date.now();
    const elapsed = (): number => (Date.now() - startedAt) / 1000;
    let decided = 0;
    await broker.kill('SIGKILL');
    try {
      do {
        const ends = await publish(others);
        await waitUntil(
          world,
          new BrokenPromise(
            `while other partitions had no leader, ${others.join(', ')} stood still after ${decided} commands`,
          ),
          () => hasPassed(world, ends),
          PATIENCE_SECONDS,
        );
        decided += others.length * PORTION;
      } while (elapsed() < seconds);
      note(
        `Without a leader for ${elapsed().toFixed(0)} s: ${world.partitions - others.length} of ${world.partitions} partitions. ` +
          `Meanwhile ${decided} commands of the other partitions were decided.`,
      );
    } finally {
      await broker.start();
    }
  },
};

const PORTION = 20;
/** The group and each transaction may have to find another coordinator first. */
const PATIENCE_SECONDS = 90;

/** Publishes some commands into each of these partitions, and returns one past the last of them, by partition. */
const createPublisher =
  ({ client, names, commandSchemaId }: World, random: Random) =>
  async (partitions: readonly number[]): Promise<ReadonlyMap<number, number>> => {
    const producer = client.producer();
    await producer.connect();
    try {
      const messages = partitions.flatMap((partition) => {
        // All commands of a channel are in one partition.
        const channelId = `Cbeside${partition}`;
        const office = createOffice(channelId, random, Date.now());
        return Array.from({ length: PORTION }, () => {
          const number = random.between(0, 2 ** 31);
          const ids = { commandId: `cmd-beside-${number}`, runId: `run-beside-${number}` };
          const command = { ...office.nextCommand(number), ...ids };
          const value = frame(commandSchemaId, schemas['run.close.requested'].type.toBuffer(command));
          return { partition, key: channelId, value };
        });
      });
      const sent = await producer.send({ topic: names.requested, messages });
      return new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset) + PORTION]));
    } finally {
      await producer.disconnect();
    }
  };

const hasPassed = async ({ group }: World, ends: ReadonlyMap<number, number>): Promise<boolean> => {
  const committed = await group.committed();
  return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) >= end);
};
