import type { InputRecord } from '../../../src/processor/ports/input-record.ts';
import type { Kafka } from '../in-memory/kafka.ts';
import type { Postgres } from '../in-memory/postgres.ts';
import type { ActorState, Histories } from './actor.ts';
import type { CreateHandler } from './processor-instance.ts';
import type { Request, Servers } from './requests.ts';

/** How often each fault may still strike. */
export type Faults = {
  /** A process is killed; what it has sent may still arrive. */
  readonly crashes: number;
  /** An answer does not come: the request may be lost, or served, at once or much later. */
  readonly unanswered: number;
  /** The broker ends a transaction that took too long, and fences its producer. */
  readonly timeouts: number;
  /** Postgres comes back without its last commits. */
  readonly failovers: number;
  /** The group's offset is deleted, or reset to the start. */
  readonly offsetLosses: number;
  /** The group's offset is put where Postgres stands. */
  readonly offsetMoves: number;
  /** All topics are deleted and created again, while no batch is under way. */
  readonly recreations: number;
  /** The group moves although nobody has left it: the former owner goes on until it learns of that. */
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
  /** What it was given last: the lease's holder and the producer's epoch. */
  readonly holder: string | null;
  readonly epoch: number | null;
  /** The generation it takes itself to be a member of; the partitions are its own in it. */
  readonly generation: number | null;
  /** Where it reads next, by partition. */
  readonly positions: readonly number[];
  /** How many batches of its generation are under way, by partition. */
  readonly busy: readonly number[];
};

/** Kafka, Postgres, a consumer group and two processors, at one moment. */
export type World = {
  readonly servers: Servers;
  /** Where Postgres stood before each of its last commits, the latest last. */
  readonly past: readonly Postgres[];
  readonly group: { readonly generation: number; readonly owner: number | null };
  readonly owners: readonly Owner[];
  /** Requests that nobody waits for, and that may still arrive. */
  readonly late: readonly Request[];
  readonly faults: Faults;
  /** Set once something has happened that must never happen. */
  readonly fatal: string | null;
};

/** A step from one world to the next. */
export type Move = {
  /** As a schedule shows it. */
  label(): string;
  /** Not a fault: what happens by itself when all servers are well. */
  readonly healthy: boolean;
  next(): World | Promise<World>;
};

/** A record before it has an offset. */
export type Published = Pick<InputRecord, 'key' | 'value' | 'headers'>;

export type Scenario = {
  readonly kafka: Kafka;
  readonly faults: Faults;
  /** How many records a fetch may bring; each is tried. */
  readonly batchSizes: readonly number[];
  /** What topics that were created again may hold; each is tried. */
  readonly recreated: readonly (readonly Published[])[];
  /** How many of its last commits Postgres may lose; each is tried. */
  readonly lostCommits: readonly number[];
  readonly createHandler: CreateHandler;
  readonly histories: Histories;
  /** The servers after one more command, where processors with nothing to do have to be woken up; null where they need not. */
  readonly wakeUp: (servers: Servers) => Servers | null;
};

export type Simulation = {
  readonly start: World;
  moves(world: World): readonly Move[];
  /** Different for worlds that anybody could tell apart. */
  keyOf(world: World): string;
};

export const spend = (world: World, fault: keyof Faults): World => ({
  ...world,
  faults: { ...world.faults, [fault]: world.faults[fault] - 1 },
});
