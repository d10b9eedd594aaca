import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Instance } from '../../chaos/world/instance.ts';
import { startInstance } from '../../chaos/world/instance.ts';
import { tailOf } from '../../stack/processes.ts';
import type { PartDeps } from '../part.ts';
import { cpuSecondsOf, peakMbOf, residentMbOf } from './process-figures.ts';
import { publishAll } from './publish.ts';
import { openRoom, type Room } from './room.ts';
import { figuresOf, type Figures, type Sample } from './samples.ts';
import type { MeasuredServers } from './servers.ts';
import { writtenACommand, writtenIn, type Written } from './stored-bytes.ts';
import { recordsOf, take, type CommandRecord, type Workload } from './workload.ts';

/** A program that works through a backlog. */
export type Contestant = {
  readonly title: string;
  /** The folder of a checkout whose `dist` is compiled. */
  readonly build: string;
  readonly instances: number;
  /** Members of the group: threads that read commands, in all instances together. */
  readonly members: number;
  /** Program and arguments of each instance. */
  command(room: Room): readonly [string, ...string[]];
  readonly variables?: Readonly<Record<string, string>>;
};

export type Trial = Figures & {
  /** The highest memory of one instance. */
  readonly peakMb: number;
  /** From the start of the first process to its first commit. */
  readonly startSeconds: number;
  /** Bytes a command. */
  readonly written: Written;
};

/** One trial, with what it was computed from. */
export type ObservedTrial = Trial & { readonly samples: readonly Sample[]; readonly measuredSeconds: number };

export type TrialDeps = Pick<PartDeps, 'folder' | 'progress' | 'signal'> & {
  readonly servers: MeasuredServers;
  readonly workload: Workload;
  /** Commands that run before the others, and an action on the stores after them. Then the processes are started again. */
  readonly first?: { readonly commands: number; then(room: Room): Promise<void> };
  /** Called when all commands are done and the room still exists. */
  readonly look?: (room: Room) => Promise<void>;
};

const LOOK_EVERY_MS = 100;
/** The longest time without any progress. */
const PATIENCE_MS = 60_000;

/** Runs the contestant once on a backlog in a room of its own, from the start of its processes to their end. */
export const runTrial = async (contestant: Contestant, deps: TrialDeps): Promise<ObservedTrial> => {
  const { servers, workload, first, look } = deps;
  const room = await openRoom(servers, contestant.build, workload.partitions);
  try {
    const doneBefore = first?.commands ?? 0;
    const commands = doneBefore + workload.commands;
    const records = recordsOf({ ...workload, commands }, servers.commandSchemaId);
    if (first !== undefined) {
      await publishBacklog(take(records, doneBefore), room, deps);
      await workThrough(contestant, room, { ...deps, commands: doneBefore, doneBefore: 0 });
      await first.then(room);
    }
    await publishBacklog(records, room, deps);
    await checkpoint(servers.databaseUrl);
    const before = await writtenIn(servers, room);
    const seen = await workThrough(contestant, room, { ...deps, commands: workload.commands, doneBefore });
    const written = writtenACommand(before, await writtenIn(servers, room), workload.commands);
    await look?.(room);
    return { ...figuresOf(seen.samples, workload.commands), ...seen, written };
  } finally {
    await room.remove();
  }
};

const publishBacklog = (records: Iterable<CommandRecord>, { names }: Room, deps: TrialDeps): Promise<void> =>
  publishAll(records, {
    client: deps.servers.client,
    topic: names.requested,
    signal: deps.signal,
    onPublished: (count) => {
      deps.progress.update(`publishing the backlog: ${String(count)} commands`);
    },
  });

type Seen = Pick<ObservedTrial, 'samples' | 'peakMb' | 'startSeconds'> & {
  /** From the start of the first process to the end of all commands. */
  readonly seconds: number;
};

/** Runs the contestant's processes until all commands are done. The topic has `doneBefore` earlier commands. */
export const workThrough = async (
  contestant: Contestant,
  room: Room,
  deps: TrialDeps & { readonly commands: number; readonly doneBefore: number },
): Promise<Seen> => {
  const { folder, servers, progress, signal, commands, doneBefore } = deps;
  const begun = performance.now() / 1000;
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
      for (let done = 0; done < commands;) {
        requireAlive(instances);
        const before = done;
        done = ((await progressOf()) ?? before + doneBefore) - doneBefore;
        samples.push({
          seconds: performance.now() / 1000,
          done,
          cpu: {
            processor: instances.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
            kafka: cpuSecondsOf(servers.kafkaPid),
            postgres: cpuSecondsOf(servers.postgresPid),
          },
          residentMb: Math.max(...instances.map(({ pid }) => residentMbOf(pid))),
        });
        if (done > before) moved = performance.now();
        else if (performance.now() - moved > PATIENCE_MS) throw stuck(instances, done);
        progress.update(`${contestant.title}: ${String(Math.max(0, done))} of ${String(commands)} commands`);
        await sleep(LOOK_EVERY_MS, undefined, { signal });
      }
    } finally {
      await progressOf.close();
    }
    return {
      samples,
      seconds: (samples.at(-1)?.seconds ?? Number.NaN) - begun,
      startSeconds: (samples.find(({ done }) => done > 0)?.seconds ?? Number.NaN) - begun,
      peakMb: Math.max(...instances.map(({ pid }) => peakMbOf(pid))),
    };
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
  }
};

/**
 * How many commands the group has done, by its committed offsets, because the topic holds only commands. Undefined if the broker did not
 * answer: while a group is being created, the broker does not know its coordinator.
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

/** Without this, a checkpoint may happen in the middle of one run and not of another. */
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
