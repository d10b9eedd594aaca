import type { Patch } from './patch.ts';

type Membership = { readonly groupId: string; readonly memberId: string };
type JoinRequest = { readonly groupId: string; readonly memberId?: string };
type Broker = {
  readonly connectionPool: Pool;
  lookupRequest(key: number, definition: object): (fields: JoinRequest) => object;
  joinGroup(request: JoinRequest): Promise<object>;
  leaveGroup(membership: Membership): Promise<unknown>;
};
type Pool = { getConnection(index: number): Promise<{ send(request: object): Promise<unknown> }> };
type ConsumerGroup = {
  readonly groupId: string;
  memberId: string | null;
  readonly coordinator: Broker | null;
  joinAndSync(): Promise<void>;
  leave(): Promise<void>;
};
type Runner = {
  readonly running: boolean;
  readonly consumerGroup: ConsumerGroup;
  handleBatch(batch: object): Promise<void>;
  stop(): Promise<void>;
};

/** kafkajs has two connections to a broker. A broker reads the next request of a connection only after it has answered the previous one. */
const CONNECTION_OF_JOINS = 0;
const CONNECTION_OF_FETCHES = 1;

/** By group: the member id that a broker has handed out for a join that the broker has not answered yet. */
const handedOut = new WeakMap<Broker, Map<string, string>>();
const joins = new WeakMap<ConsumerGroup, Promise<void>>();
const stopped = new WeakSet<ConsumerGroup>();
const handling = new WeakMap<Runner, Set<Promise<void>>>();

/**
 * If kafkajs stops a consumer while it joins, the consumer does not leave the group; if a fetch is in flight, the consumer leaves only
 * after the fetch. Until the member's session expires, the group waits, and so do all partitions. With this patch the member leaves as soon
 * as its id is known and it handles no batch. It sends the request on another connection, so it waits neither for the other members, as a
 * join does, nor for the fetch. After that it does not join again.
 */
export const interruptedJoins: readonly Patch[] = [
  {
    module: 'broker/index.js',
    apply: (broker: { prototype: Broker }) => {
      const joinGroup = Reflect.get(broker.prototype, 'joinGroup');
      broker.prototype.joinGroup = async function (this: Broker, request) {
        const members = handedOut.get(this) ?? new Map<string, string>();
        handedOut.set(this, members);
        const lookupRequest: Broker['lookupRequest'] = (key, definition) => {
          const write = this.lookupRequest(key, definition);
          return (fields) => {
            if (fields.memberId) members.set(fields.groupId, fields.memberId);
            return write(fields);
          };
        };
        const watched = Object.create(this, { lookupRequest: { value: lookupRequest } }) as Broker;
        try {
          return await joinGroup.call(watched, request);
        } finally {
          members.delete(request.groupId);
        }
      };
      return broker;
    },
  },
  {
    module: 'consumer/consumerGroup.js',
    apply: (consumerGroup: { prototype: ConsumerGroup }) => {
      const group = consumerGroup.prototype as ConsumerGroup & Record<symbol, () => Promise<void>>;
      const JOIN = Object.getOwnPropertySymbols(group).find(({ description }) =>
        description?.endsWith(':join'),
      );
      const join = JOIN && group[JOIN];
      if (JOIN === undefined || join === undefined)
        throw new Error(
          'ConsumerGroup of kafkajs has no method `join`, which the patch interrupted-joins repairs',
        );
      group[JOIN] = async function (this: ConsumerGroup) {
        if (stopped.has(this)) throw isStopping(this);
        await join.call(this);
        if (!stopped.has(this)) return;
        await leaveAtOnce(this, CONNECTION_OF_JOINS);
        throw isStopping(this);
      };
      const joinAndSync = Reflect.get(consumerGroup.prototype, 'joinAndSync');
      consumerGroup.prototype.joinAndSync = function (this: ConsumerGroup) {
        const joining = joinAndSync.call(this).finally(() => joins.delete(this));
        joins.set(this, joining);
        return joining;
      };
      return consumerGroup;
    },
  },
  {
    module: 'consumer/runner.js',
    apply: (runner: { prototype: Runner }) => {
      const handleBatch = Reflect.get(runner.prototype, 'handleBatch');
      runner.prototype.handleBatch = function (this: Runner, batch) {
        const batches = handling.get(this) ?? new Set<Promise<void>>();
        handling.set(this, batches);
        const handled = handleBatch.call(this, batch).finally(() => batches.delete(handled));
        batches.add(handled);
        return handled;
      };
      const stop = Reflect.get(runner.prototype, 'stop');
      runner.prototype.stop = async function (this: Runner) {
        const { consumerGroup } = this;
        stopped.add(consumerGroup);
        // Call this first: `stop` acts at once, a crash would change the state that it reads, and no batch begins after it.
        const stopping = stop.call(this);
        const joining = joins.get(consumerGroup);
        if (joining === undefined)
          await Promise.race([stopping, Promise.allSettled([...(handling.get(this) ?? [])])]);
        await leaveAtOnce(consumerGroup, joining === undefined ? CONNECTION_OF_JOINS : CONNECTION_OF_FETCHES);
        await joining?.catch(() => undefined);
        await stopping;
      };
      return runner;
    },
  },
];

const leaveAtOnce = async (group: ConsumerGroup, connection: number): Promise<void> => {
  const { groupId, coordinator } = group;
  if (coordinator === null) return;
  const memberId = handedOut.get(coordinator)?.get(groupId) ?? group.memberId;
  if (!memberId) return;
  group.memberId = null;
  const pool = coordinator.connectionPool;
  const send = async (request: object) => (await pool.getConnection(connection)).send(request);
  const connectionPool = Object.create(pool, { send: { value: send } }) as Pool;
  const elsewhere = Object.create(coordinator, { connectionPool: { value: connectionPool } }) as Broker;
  // If the broker is away, the member's session expires; it may also have dropped the member already.
  await elsewhere.leaveGroup({ groupId, memberId }).catch(() => undefined);
};

const isStopping = ({ groupId }: ConsumerGroup): Error =>
  Object.assign(new Error(`the consumer of ${groupId} is stopping`), { retriable: false });
