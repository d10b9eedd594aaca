import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../src/domain/channel-policy.ts';
import type { RunCloseRejected, RunCloseRequested } from '../../src/domain/records.ts';
import { createCloseRuns } from '../../src/processor/close-runs.ts';
import { failureOf } from '../../src/processor/failure.ts';
import { createPartitionSession, type PartitionSession } from '../../src/processor/partition-session.ts';
import type {
  Alarm,
  Emission,
  EventOf,
  EventType,
  Handled,
  Membership,
  Outcomes,
  RecordCodec,
} from '../../src/processor/ports.ts';
import type { ProcessorDeps } from '../../src/processor/processor.ts';
import { createInMemoryCluster, type InMemoryCluster } from './in-memory/cluster.ts';
import { createInMemoryStore, type InMemoryStore } from './in-memory/store.ts';
import { aCommand } from './commands.ts';

const TOPIC = 'run.close.requested';

/** JSON in place of Avro: what the session does with bodies does not depend on how they are written. */
const jsonCodec: RecordCodec = {
  decode: (values) =>
    Promise.resolve(
      values.map((value) => {
        try {
          return { kind: 'command', command: JSON.parse(value?.toString() ?? '') as RunCloseRequested };
        } catch {
          return { kind: 'poison', poison: { code: 'UNDECODABLE', message: 'not JSON' } };
        }
      }),
    ),
  encode: (_type, event) => Buffer.from(JSON.stringify(event)),
  framer: () => Promise.resolve((_type, body) => Buffer.concat([Buffer.alloc(5), body])),
  fingerprint: () => Buffer.alloc(8),
};

const sourceOf = (emission: Emission): number =>
  emission.kind === 'dead-letter'
    ? emission.record.offset
    : Number(
        emission.headers
          .find(([name]) => name === 'source-offset')?.[1]
          .split('/')
          .at(-1),
      );

/** A session over one in-memory partition, and everything that a test may ask of it. */
export type World = ReturnType<typeof createWorld>;

export const createWorld = () => {
  const cluster: InMemoryCluster = createInMemoryCluster(sourceOf);
  const store: InMemoryStore = createInMemoryStore();
  const retries: string[] = [];
  const reconciliations: string[] = [];
  const alarms: Alarm['code'][] = [];
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
    store,
    codec: jsonCodec,
    breakers: { run: <T>(_dependency: string, work: () => Promise<T>) => work() },
    groupId: 'runclose',
    topic: TOPIC,
    output: cluster.output,
    log: cluster.log,
    newHolder: () => `holder-${String(++holders)}`,
    pacer: { beforeRetry: () => Promise.resolve() },
    observer: {
      batchDone: ({ outcomes }) => {
        for (const name of Object.keys(counted) as (keyof Outcomes)[]) counted[name] += outcomes[name];
      },
      foldedAgain: ({ first, end }) => foldedAgain.push([first, end]),
      retrying: ({ failure }) => retries.push(failureOf(failure).code),
      reconciled: ({ cause }) => reconciliations.push(cause),
      alarmed: (_partition, { code }) => alarms.push(code),
      resumed: () => (world.resumed += 1),
    },
  };

  const openSession = (): PartitionSession =>
    createPartitionSession({ ...deps, closeRuns: createCloseRuns(deps) }, 0);

  const emissions = (): Emission[] => cluster.committed.flatMap((transaction) => transaction.emissions);

  const world = {
    deps,
    cluster,
    store,
    retries,
    reconciliations,
    alarms,
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
      cluster.append({ key: Buffer.from('C1'), value, headers: [] });
    },
    deliver: (first: number, membership: Partial<Membership> = {}, end?: number): Promise<Handled> =>
      world.session.handle(cluster.batch(first, end), world.membership(membership)),
    setPolicy: (channelId: string, change: Partial<ChannelPolicy>): void => {
      store.policies.set(channelId, { ...DEFAULT_CHANNEL_POLICY, ...change });
    },
    /** What a read-committed consumer sees: the type and the source offset of each record. */
    outcomes: (): string[] =>
      emissions().map((each) => `${each.kind === 'event' ? each.type : each.kind} ${String(sourceOf(each))}`),
    events: <T extends EventType>(type: T): EventOf[T][] =>
      emissions()
        .filter((each) => each.kind === 'event')
        .filter((each) => each.type === type)
        .map((each) => JSON.parse(each.value.subarray(5).toString()) as EventOf[T]),
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
          (JSON.parse(each.value.subarray(5).toString()) as RunCloseRejected).reason,
        ]),
  };
  return world;
};
