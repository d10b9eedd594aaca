/** What one `serve` process knows about itself, as `GET /status` answers it. It asks no server. */
import type { Dependency } from '../../processor/ports/breakers.ts';
import type { BreakerState } from '../../resilience/breakers.ts';
import type { PartitionPosition } from './metering.ts';

/** The same facts of one member of the group. */
export type MemberStatus = {
  /** `silent`: the member's thread does not answer, so everything else is from its last answer. */
  readonly state: 'joining' | 'member' | 'draining' | 'silent';
  /** Null: not known. */
  readonly breakers: Breakers | null;
  readonly partitions: readonly (PartitionPosition & { readonly retries: string | null })[];
};

type Breakers = Readonly<Record<Dependency, BreakerState>>;

/** The process itself. */
type Instance = {
  readonly groupId: string;
  /** The input topic. */
  readonly topic: string;
  /** New at each start. `runclose status` shows the members of the group that have the same id as one instance. */
  readonly instance: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** By a clock that only goes forward. */
  readonly uptimeSeconds: number;
};

/** The JSON of `GET /status`. Fields may be added. */
export type InstanceStatus = Omit<Instance, 'startedAt'> & {
  /** RFC 3339. */
  readonly startedAt: string;
  /**
   * `starting`: the process waits for its servers. `joining`: no worker is a member of the group. `draining`: from SIGTERM or a fatal failure
   * on. `silent`: no worker answers.
   */
  readonly state: 'starting' | 'joining' | 'serving' | 'draining' | 'silent';
  readonly workers: readonly { readonly worker: number; readonly state: MemberStatus['state'] }[];
  /** For each server, the worst state of all workers; null while the process waits for the servers. */
  readonly breakers: Breakers | null;
  /** The partitions that this process owns. */
  readonly partitions: readonly PartitionOfInstance[];
};

export type PartitionOfInstance = {
  readonly partition: number;
  /** From 1. */
  readonly worker: number;
  /** Everything below is decided and emitted; null: not known yet. */
  readonly next: number | null;
  /** Null: not known yet. */
  readonly lagRecords: number | null;
  /** The age of the oldest command that waits; 0: none waits. Whole seconds. */
  readonly lagSeconds: number;
  /** The code of the failure after which the batch in flight is tried again; null: it is not. */
  readonly retries: string | null;
  /** What holds up the partition. Empty: nothing. */
  readonly alarms: PartitionPosition['alarms'];
};

/** @param members null while the process waits for the servers */
export const instanceStatus = (
  { startedAt, ...instance }: Instance,
  members: readonly MemberStatus[] | null,
): InstanceStatus => ({
  ...instance,
  startedAt: new Date(startedAt).toISOString(),
  state: stateOf(members),
  workers: (members ?? []).map(({ state }, index) => ({ worker: index + 1, state })),
  breakers: worstBreakers((members ?? []).flatMap(({ breakers }) => breakers ?? [])),
  partitions: (members ?? [])
    .flatMap(({ partitions }, index) => partitions.map((partition) => partitionOf(partition, index + 1)))
    .sort((one, other) => one.partition - other.partition),
});

/** One worker that drains or serves speaks for the process. */
const stateOf = (members: readonly MemberStatus[] | null): InstanceStatus['state'] => {
  if (members === null) return 'starting';
  const state =
    DECISIVE_FIRST.find((decisive) => members.some((member) => member.state === decisive)) ?? 'silent';
  return state === 'member' ? 'serving' : state;
};

const DECISIVE_FIRST = ['draining', 'member', 'joining'] as const satisfies readonly MemberStatus['state'][];

const partitionOf = (
  { partition, next, lag, retries, alarms }: MemberStatus['partitions'][number],
  worker: number,
): PartitionOfInstance => ({
  partition,
  worker,
  next,
  lagRecords: lag.lagRecords,
  lagSeconds: Math.round(lag.lagSeconds),
  retries,
  alarms,
});

const WORST_FIRST = ['open', 'half-open', 'closed'] as const satisfies readonly BreakerState[];

const worstBreakers = (all: readonly Breakers[]): Breakers | null => {
  if (all.length === 0) return null;
  const worstOf = (dependency: Dependency): BreakerState =>
    WORST_FIRST.find((state) => all.some((breakers) => breakers[dependency] === state)) ?? 'closed';
  return { kafka: worstOf('kafka'), postgres: worstOf('postgres'), registry: worstOf('registry') };
};
