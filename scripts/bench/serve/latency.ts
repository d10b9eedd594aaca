import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { startInstance } from '../../chaos/world/instance.ts';
import { waitFor } from '../../demo/wait-for.ts';
import type { Measured } from '../part.ts';
import { openRoom, type Room } from './room.ts';
import { quantile } from './samples.ts';
import type { Contestant, TrialDeps } from './trial.ts';
import { recordsOf, take } from './workload.ts';

export type LatencyPlan = {
  /** The rates, in commands a second, in the order in which they are measured. */
  readonly rates: readonly number[];
  readonly secondsEach: number;
};

/** Milliseconds from the call that publishes a command until a read-committed consumer gets its `run.closed`. */
export type Latency = {
  readonly title: string;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly commands: number;
};

/** Commands before the measurement, so that the programs have compiled their hot functions. */
const WARM_UP = { rate: 200, seconds: 5 };
/** kafkajs sends one request at a time to a broker: commands that are due within this time go out together. */
const TICK_MS = 2;

/** Starts one contestant on an empty topic, and measures while commands are published. */
export const measureLatency = async (
  contestant: Contestant,
  { rates, secondsEach }: LatencyPlan,
  deps: TrialDeps,
): Promise<readonly Latency[]> => {
  const { folder, servers, workload, progress, signal } = deps;
  const room = await openRoom(servers, contestant.build, workload.partitions);
  const instance = startInstance({
    name: contestant.title,
    command: contestant.command(room),
    variables: { ...room.variables, ...contestant.variables },
    logFile: join(folder, `${room.groupId}.log`),
  });
  const pulse = await openPulse(room, deps);
  try {
    await pulse.beat(WARM_UP.rate, WARM_UP.seconds);
    const measured: Latency[] = [];
    for (const rate of rates) {
      progress.say(
        `${contestant.title}: ${String(Math.round(rate))} commands a second for ${String(secondsEach)} s…`,
      );
      const each = await pulse.beat(rate, secondsEach);
      measured.push({
        title: contestant.title,
        rate,
        p50: quantile(each, 0.5),
        p99: quantile(each, 0.99),
        commands: each.length,
      });
      signal.throwIfAborted();
    }
    return measured;
  } finally {
    await pulse.close();
    await instance.stop();
    await room.remove();
  }
};

type Pulse = {
  /** Publishes at this rate; resolves with the latencies when every command has its event. */
  beat(rate: number, seconds: number): Promise<readonly number[]>;
  close(): Promise<void>;
};

/** Every command closes a run, and partitions keep their order. So the n-th event of a partition belongs to its n-th command. */
const openPulse = async ({ names }: Room, { servers, workload, signal }: TrialDeps): Promise<Pulse> => {
  const records = recordsOf({ ...workload, commands: Infinity }, servers.commandSchemaId);
  const producer = servers.client.producer();
  const consumer = servers.client.consumer({ groupId: `pulse-${randomUUID()}` });
  const sent = new Map<number, number[]>();
  const seen = new Map<number, number>();
  let latencies: number[] = [];
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [names.closed], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: workload.partitions,
    eachBatch: ({ batch: { partition, messages } }) => {
      const now = performance.now();
      const from = seen.get(partition) ?? 0;
      seen.set(partition, from + messages.length);
      for (const at of sent.get(partition)?.slice(from, from + messages.length) ?? [])
        latencies.push(now - at);
      return Promise.resolve();
    },
  });

  const publish = async (count: number): Promise<void> => {
    const messages: Message[] = [];
    for (const record of take(records, count)) {
      const ofPartition = sent.get(record.partition) ?? [];
      sent.set(record.partition, ofPartition);
      ofPartition.push(performance.now());
      messages.push(record);
    }
    await producer.send({ topic: names.requested, messages });
  };

  return {
    beat: async (rate, seconds) => {
      latencies = [];
      const wanted = Math.max(1, Math.round(rate * seconds));
      const begun = performance.now();
      const publishing: Promise<void>[] = [];
      for (let published = 0; published < wanted;) {
        const due = Math.min(wanted, 1 + Math.floor(((performance.now() - begun) * rate) / 1000));
        if (due > published) publishing.push(publish(due - published));
        published = due;
        await sleep(Math.max(TICK_MS, Math.min(1000 / rate / 4, 50)), undefined, { signal });
      }
      await Promise.all(publishing);
      await waitFor(() => latencies.length >= wanted, {
        what: `the events of ${String(wanted)} commands in ${names.closed}`,
        seconds: 120,
        signal,
      });
      return latencies;
    },
    close: async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
};

/** @param bare the reference of the ratios */
export const latencyTable = (bare: readonly Latency[], serve: readonly Latency[]): Measured => ({
  part: 'serve: latency from publishing a command to its visible event, ms',
  beside:
    'bare: kafkajs alone, from consuming to one transaction with offsets, and one Postgres commit before it; p99 with few commands is the slowest',
  rows: serve.map((each, index) => {
    const beside = bare[index];
    return {
      'commands a second': Math.round(each.rate),
      commands: each.commands,
      'bare p50': beside?.p50 ?? Number.NaN,
      'serve p50': each.p50,
      'p50 of bare': each.p50 / (beside?.p50 ?? Number.NaN),
      'bare p99': beside?.p99 ?? Number.NaN,
      'serve p99': each.p99,
      'p99 of bare p50': each.p99 / (beside?.p50 ?? Number.NaN),
    };
  }),
});
