import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Instance } from '../../chaos/world/instance.ts';
import { startInstance } from '../../chaos/world/instance.ts';
import { tailOf } from '../../stack/processes.ts';
import type { PartDeps } from '../part.ts';
import { cpuSecondsOf, peakMbOf } from './process-figures.ts';
import { publishAll } from './publish.ts';
import { openRoom, type Room } from './room.ts';
import { figuresOf, type Figures, type Sample } from './samples.ts';
import type { MeasuredServers } from './servers.ts';
import { recordsOf, type Workload } from './workload.ts';

/** A program that works through a backlog. */
export type Contestant = {
  readonly title: string;
  /** The folder of a checkout whose `dist` is compiled. */
  readonly build: string;
  readonly instances: number;
  /** Program and arguments, of each instance. */
  command(room: Room): readonly [string, ...string[]];
  readonly variables?: Readonly<Record<string, string>>;
};

export type Trial = Figures & {
  /** The most that one instance ever held. */
  readonly peakMb: number;
};

export type TrialDeps = Pick<PartDeps, 'folder' | 'progress' | 'signal'> & {
  readonly servers: MeasuredServers;
  readonly workload: Workload;
  /** Called when all is done and the room is still there. */
  readonly look?: (room: Room) => Promise<void>;
};

const LOOK_EVERY_MS = 100;
/** Without any progress. */
const PATIENCE_MS = 60_000;

/** One run: a backlog in a room of its own, and the contestant's processes from start to end. */
export const runTrial = async (contestant: Contestant, deps: TrialDeps): Promise<Trial> => {
  const { servers, workload, progress, signal, look } = deps;
  const { title, build } = contestant;
  const room = await openRoom(servers, build, workload.partitions);
  try {
    await publishAll(recordsOf(workload, servers.commandSchemaId), {
      client: servers.client,
      topic: room.names.requested,
      signal,
      onPublished: (count) => {
        progress.update(`${title}: publishing the backlog, ${String(count)} of ${String(workload.commands)}`);
      },
    });
    await checkpoint(servers.databaseUrl);
    const trial = await workThrough(contestant, room, deps);
    await look?.(room);
    return trial;
  } finally {
    await room.remove();
  }
};

const workThrough = async (contestant: Contestant, room: Room, deps: TrialDeps): Promise<Trial> => {
  const { folder, servers, workload, progress, signal } = deps;
  const instances = Array.from({ length: contestant.instances }, (_, index) =>
    startInstance({
      name: `${contestant.title} ${String(index + 1)}`,
      command: contestant.command(room),
      variables: { ...room.variables, ...contestant.variables },
      logFile: join(folder, `${room.groupId}-${String(index)}.log`),
    }),
  );
  try {
    const samples: Sample[] = [];
    const progressOf = await watchGroup(servers, room);
    try {
      let moved = performance.now();
      for (let done = 0; done < workload.commands;) {
        requireAlive(instances);
        const before = done;
        done = (await progressOf()) ?? before;
        samples.push({
          seconds: performance.now() / 1000,
          done,
          cpu: {
            processor: instances.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
            kafka: cpuSecondsOf(servers.kafkaPid),
            postgres: cpuSecondsOf(servers.postgresPid),
          },
        });
        if (done > before) moved = performance.now();
        else if (performance.now() - moved > PATIENCE_MS) throw stuck(instances, done);
        progress.update(`${contestant.title}: ${String(done)} of ${String(workload.commands)} commands`);
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
    } finally {
      await progressOf.close();
    }
    return {
      ...figuresOf(samples, workload.commands),
      peakMb: Math.max(...instances.map(({ pid }) => peakMbOf(pid))),
    };
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
  }
};

/**
 * How many commands the group is through with, by its committed offsets: the topic holds nothing but commands. Undefined if the broker gave no
 * answer: it does not know the coordinator of a group that is being created.
 */
const watchGroup = async (
  { client }: MeasuredServers,
  { groupId, names }: Room,
): Promise<(() => Promise<number | undefined>) & { close(): Promise<void> }> => {
  const admin = client.admin();
  await admin.connect();
  const progressOf = async (): Promise<number | undefined> => {
    const [topic] = await admin.fetchOffsets({ groupId, topics: [names.requested] }).catch(() => []);
    return topic?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };
  return Object.assign(progressOf, { close: () => admin.disconnect() });
};

/** Otherwise it may come in the middle of one run and not of another. */
const checkpoint = async (connectionString: string): Promise<void> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
};

const requireAlive = (instances: readonly Instance[]): void => {
  const ended = instances.find((instance) => !instance.isAlive());
  if (ended !== undefined)
    throw new Error(`${ended.name} has ended; the end of its log:\n${tailOf(ended.logFile)}`);
};

const stuck = (instances: readonly Instance[], done: number): Error =>
  new Error(
    `nothing was done for ${String(PATIENCE_MS / 1000)} s after ${String(done)} commands:\n` +
      instances.map(({ logFile }) => tailOf(logFile)).join('\n'),
  );
