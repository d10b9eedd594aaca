import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../src/domain/channel-policy.ts';
import type { RunCloseRejected, RunCloseRequested } from '../../src/domain/records.ts';
import type { Alarm } from '../../src/processor/alarm.ts';
import { createCloseRuns } from '../../src/processor/close-runs.ts';
import { type Failure, failureOf } from '../../src/processor/failure.ts';
import { createPartitionSession, type PartitionSession } from '../../src/processor/partition-session.ts';
import type { Handled, Membership } from '../../src/processor/ports/batch-handler.ts';
import type { Outcomes } from '../../src/processor/ports/observer.ts';
import type { Emission } from '../../src/processor/ports/output.ts';
import type { ProcessorDeps } from '../../src/processor/processor.ts';
import type { EventOf, EventType } from '../../src/wire/event-types.ts';
import { aCommand } from './commands.ts';
import {
  append,
  bodyOf,
  fetch,
  partitionOf,
  sourceOf,
  visible,
  withPartition,
  type Partition,
} from './in-memory/kafka.ts';
import { createInMemoryServers } from './in-memory/ports.ts';
import { jsonCodec } from './json-codec.ts';

const TOPIC = 'run.close.requested';

/** A session over one in-memory partition, and everything that a test may ask of it. */
export type World = ReturnType<typeof createWorld>;

export const createWorld = () => {
  const servers = createInMemoryServers();
  const retries: string[] = [];
  const failures: Failure[] = [];
  const reconciliations: string[] = [];
  const alarms: Alarm['code'][] = [];
  const messages: string[] = [];
  const foldedAgain: [number, number][] = [];
  const counted: Record<keyof Outcomes, number> = {
    closed: 0,
    rejected: 0,
    duplicate: 0,
    deadLetter: 0,
    redelivered: 0,
    misplaced: 0,
  };
  let holders = 0;

  const deps: ProcessorDeps = {
    store: servers.store,
    codec: jsonCodec,
    breakers: { run: <T>(_dependency: string, work: () => Promise<T>) => work() },
    groupId: 'runclose',
    topic: TOPIC,
    output: servers.output,
    log: servers.log,
    newHolder: () => `holder-${String(++holders)}`,
    pacer: { beforeRetry: () => Promise.resolve() },
    observer: {
      batchDone: ({ outcomes }) => {
        for (const name of Object.keys(counted) as (keyof Outcomes)[]) counted[name] += outcomes[name];
      },
      foldedAgain: ({ first, end }) => foldedAgain.push([first, end]),
      retrying: ({ failure }) => {
        failures.push(failureOf(failure));
        retries.push(failureOf(failure).code);
      },
      reconciled: ({ cause }) => reconciliations.push(cause),
      alarmed: (_partition, { code, message }) => {
        alarms.push(code);
        messages.push(message);
      },
      resumed: () => (world.resumed += 1),
    },
  };

  const openSession = (): PartitionSession =>
    createPartitionSession({ ...deps, closeRuns: createCloseRuns(deps) }, 0);

  const emissions = (): Emission[] => [...visible(servers.kafka, 0)];

  const world = {
    deps,
    servers,
    /** The input partition and the group's offset in it, as an operator may find or change them. */
    partition: () => partitionOf(servers.kafka, 0),
    change: (change: Partial<Partition>): void => {
      servers.kafka = withPartition(servers.kafka, 0, change);
    },
    stored: () => servers.postgres.stored,
    lease: () => servers.postgres.leases.get(0),
    batch: (first: number, end?: number) => fetch(servers.kafka, 0, first, end),
    retries,
    /** The failures that caused retries. */
    failures,
    reconciliations,
    alarms,
    /** The messages of the alarms. */
    messages,
    foldedAgain,
    counted,
    resumed: 0,
    session: openSession(),
    anotherOwner: openSession,
    /** A new process: nothing is left in memory. */
    restart: (): void => {
      world.session = openSession();
    },
    membership: (overrides: Partial<Membership> = {}): Membership => ({
      generation: 1,
      isCurrent: () => true,
      heartbeat: () => Promise.resolve(),
      ...overrides,
    }),
    publish: (...commands: Partial<RunCloseRequested>[]): void => {
      for (const command of commands) world.publishBytes(Buffer.from(JSON.stringify(aCommand(command))));
    },
    publishBytes: (value: Buffer | null): void => {
      servers.kafka = append(servers.kafka, 0, { key: Buffer.from('C1'), value, headers: [] });
    },
    deliver: (first: number, membership: Partial<Membership> = {}, end?: number): Promise<Handled> =>
      world.session.handle(world.batch(first, end), world.membership(membership)),
    setPolicy: (channelId: string, change: Partial<ChannelPolicy>): void => {
      servers.policies.set(channelId, { ...DEFAULT_CHANNEL_POLICY, ...change });
    },
    /** The type and the source offset of each record that a read-committed consumer sees. */
    outcomes: (): string[] =>
      emissions().map((each) => `${each.kind === 'event' ? each.type : each.kind} ${String(sourceOf(each))}`),
    events: <T extends EventType>(type: T): EventOf[T][] =>
      emissions()
        .filter((each) => each.kind === 'event')
        .filter((each) => each.type === type)
        .map((each) => JSON.parse(bodyOf(each.value).toString()) as EventOf[T]),
    letters: () => emissions().filter((each) => each.kind === 'dead-letter'),
    emittedBody: (source: number, type: EventType): Buffer | undefined =>
      emissions()
        .filter((each) => each.kind === 'event')
        .find((each) => each.type === type && sourceOf(each) === source)
        ?.value.subarray(5),
    rejections: (): [number, string][] =>
      emissions()
        .filter((each) => each.kind === 'event')
        .filter((each) => each.type === 'run.close.rejected')
        .map((each) => [
          sourceOf(each),
          (JSON.parse(bodyOf(each.value).toString()) as RunCloseRejected).reason,
        ]),
  };
  return world;
};
