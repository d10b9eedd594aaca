import type { InputRecord } from '../../../src/processor/ports/input-record.ts';
import type { Kafka } from '../in-memory/kafka.ts';
import type { Postgres } from '../in-memory/postgres.ts';
import type { ActorState, Histories } from './actor.ts';
import type { CreateHandler } from './processor-instance.ts';
import type { Request, Servers } from './requests.ts';

/** How often each fault may still strike. */
export type Faults = {
  /** A process is killed; its requests may still arrive. */
  readonly crashes: number;
  /** An answer is lost; the request may be lost, or served at once or much later. */
  readonly unanswered: number;
  /** The broker ends a transaction that took too long, and fences its producer. */
  readonly timeouts: number;
  /** Postgres comes back without its last commits. */
  readonly failovers: number;
  /** The group's offset is deleted, or reset to the start. */
  readonly offsetLosses: number;
  /** The group's offset is set to the next offset in Postgres. */
  readonly offsetMoves: number;
  /** All topics are deleted and created again while no batch is in flight. */
  readonly recreations: number;
  /** The group rebalances although no member has left. The former owner continues until it learns of that. */
  readonly rebalances: number;
  /** A lease counts as unused for 30 seconds, though its holder lives. */
  readonly idleLeases: number;
  /** The Kafka client hands over another batch than the next one. */
  readonly jumps: number;
};

export const NO_FAULTS: Faults = {
  crashes: 0,
  unanswered: 0,
  timeouts: 0,
  failovers: 0,
  offsetLosses: 0,
  offsetMoves: 0,
  recreations: 0,
  rebalances: 0,
  idleLeases: 0,
  jumps: 0,
};

/** A consumer of the group, in a process of its own. */
export type Owner = {
  /** Null: it is not running. */
  readonly actor: ActorState | null;
  /** The last lease's holder, and the last producer's epoch, that the owner got. */
  readonly holder: string | null;
  readonly epoch: number | null;
  /** The generation in which the owner believes to be a member and to own the partitions. */
  readonly generation: number | null;
  /** Where it reads next, by partition. */
  readonly positions: readonly number[];
  /** The number of batches of its generation in flight, by partition. */
  readonly busy: readonly number[];
};

/** Kafka, Postgres, a consumer group and two processors, at one moment. */
export type World = {
  readonly servers: Servers;
  /** The state of Postgres before each of its last commits; the latest comes last. */
  readonly past: readonly Postgres[];
  readonly group: { readonly generation: number; readonly owner: number | null };
  readonly owners: readonly Owner[];
  /** Abandoned requests that may still arrive. */
  readonly late: readonly Request[];
  readonly faults: Faults;
  /** Set if something has happened that must never happen. */
  readonly fatal: string | null;
};

/** A step from one world to the next. */
export type Move = {
  /** The move as a schedule shows it. */
  label(): string;
  /** True for moves that happen by themselves when all servers work; false for faults. */
  readonly healthy: boolean;
  next(): World | Promise<World>;
};

/** A record before it has an offset. */
export type Published = Pick<InputRecord, 'key' | 'value' | 'headers'>;

export type Scenario = {
  readonly kafka: Kafka;
  readonly faults: Faults;
  /** The possible numbers of records in a fetch; each is tried. */
  readonly batchSizes: readonly number[];
  /** The possible contents of topics that were created again; each is tried. */
  readonly recreated: readonly (readonly Published[])[];
  /** The possible numbers of last commits that Postgres loses; each is tried. */
  readonly lostCommits: readonly number[];
  readonly createHandler: CreateHandler;
  readonly histories: Histories;
  /** If idle processors must be woken up, the servers after one more command; otherwise null. */
  readonly wakeUp: (servers: Servers) => Servers | null;
};

export type Simulation = {
  readonly start: World;
  moves(world: World): readonly Move[];
  /** Differs for worlds that behave differently. */
  keyOf(world: World): string;
};

export const spend = (world: World, fault: keyof Faults): World => ({
  ...world,
  faults: { ...world.faults, [fault]: world.faults[fault] - 1 },
});
