/**
 * Every possible move from a world: the actions of processors, consumer group and servers, in any order, and each remaining fault, at any
 * moment.
 */
import * as brokers from '../in-memory/kafka.ts';
import { adopt, withLease } from '../in-memory/postgres.ts';
import { createEngine, NAMES } from './engine.ts';
import { createIdentities, requestKey } from './identity.ts';
import { endTransaction, isHeld } from './leases-and-producers.ts';
import { describeRequest } from './requests.ts';
import {
  spend,
  type Faults,
  type Move,
  type Owner,
  type Scenario,
  type Simulation,
  type World,
} from './world.ts';

export const createSimulation = (scenario: Scenario): Simulation => {
  const { batchSizes, lostCommits, recreated, wakeUp } = scenario;
  const partitions = scenario.kafka.partitions.map((_, partition) => partition);
  const identities = createIdentities();
  const engine = createEngine(scenario, identities);

  const byItself = (label: () => string, next: Move['next']): Move => ({ label, healthy: true, next });

  /** A fault is possible while the budget has it. */
  const fault = (
    world: World,
    kind: keyof Faults,
    label: () => string,
    next: (spent: World) => World | Promise<World>,
  ): Move[] =>
    world.faults[kind] > 0 ? [{ label, healthy: false, next: () => next(spend(world, kind)) }] : [];

  const movesOf = (world: World, owner: Owner, index: number): Move[] => {
    const { actor, generation, positions, busy } = owner;
    const name = NAMES[index] ?? '';
    if (actor === null) return [];
    const moves = actor.pending.flatMap((request, place) => [
      byItself(
        () => `${name}: ${describeRequest(request)}`,
        () => engine.answer(world, index, place),
      ),
      ...fault(
        world,
        'unanswered',
        () => `${name}: ${describeRequest(request)}: no answer comes`,
        (spent) => engine.giveUp(spent, index, place),
      ),
    ]);
    if (generation !== null && generation < world.group.generation) {
      moves.push(
        byItself(
          () => `${name} learns that the group has moved on`,
          () => engine.learn(world, index),
        ),
      );
    }
    if (generation !== null) {
      for (const partition of partitions) {
        const { high } = brokers.partitionOf(world.servers.kafka, partition);
        const first = positions[partition] ?? 0;
        if ((busy[partition] ?? 0) > 0) continue;
        if (first > high) {
          const reset = { ...owner, positions: positions.with(partition, 0) };
          moves.push(
            byItself(
              () => `${name}'s client finds ${first} out of range and goes to the start`,
              () => ({ ...world, owners: world.owners.with(index, reset) }),
            ),
          );
        }
        for (const size of new Set(batchSizes.map((batchSize) => Math.min(batchSize, high - first)))) {
          if (size <= 0) continue;
          moves.push(
            byItself(
              () => `${name} is given ${first}–${first + size - 1} of partition ${partition}`,
              () => engine.fetch(world, index, partition, size),
            ),
          );
        }
        for (let offset = 0; offset < high; offset++) {
          if (offset === first) continue;
          const jumped = { ...owner, positions: positions.with(partition, offset) };
          moves.push(
            ...fault(
              world,
              'jumps',
              () => `${name}'s client jumps from ${first} to ${offset} of partition ${partition}`,
              (spent) => ({ ...spent, owners: spent.owners.with(index, jumped) }),
            ),
          );
        }
      }
    }
    if (!engine.isFresh(actor)) {
      moves.push(
        ...fault(
          world,
          'crashes',
          () => `${name} is killed`,
          (spent) => engine.kill(spent, index),
        ),
      );
    }
    return moves;
  };

  const movesOfGroup = (world: World): Move[] =>
    world.owners.flatMap((_, index) => {
      const label = () =>
        `the group gives the partitions to ${NAMES[index] ?? ''} in generation ${world.group.generation + 1}`;
      return world.group.owner === null
        ? [byItself(label, () => engine.rebalance(world, index))]
        : fault(world, 'rebalances', label, (spent) => engine.rebalance(spent, index));
    });

  const movesOfKafka = (world: World, partition: number): Move[] => {
    const { servers } = world;
    const { groupOffset, high, transactional } = brokers.partitionOf(servers.kafka, partition);
    const timeouts = Object.entries(transactional)
      .filter(([, { epoch }]) => isHeld(world, epoch))
      .flatMap(([id]) =>
        fault(
          world,
          'timeouts',
          () => `the broker ends the transaction of partition ${partition}: it took too long`,
          (spent) => engine.withServers(spent, { ...servers, kafka: endTransaction(world, partition, id) }),
        ),
      );
    const stored = Math.min(servers.postgres.leases.get(partition)?.nextOffset ?? 0, high);
    const losses = (
      [
        ['offsetLosses', null],
        ['offsetLosses', 0],
        ['offsetMoves', stored],
      ] as const
    ).flatMap(([kind, offset]) =>
      groupOffset === null || groupOffset === offset
        ? []
        : fault(
            world,
            kind,
            () =>
              `the group's offset in partition ${partition} is ${offset === null ? 'deleted' : `put to ${offset}`}`,
            (spent) =>
              engine.withServers(spent, {
                ...servers,
                kafka: brokers.withPartition(servers.kafka, partition, { groupOffset: offset }),
              }),
          ),
    );
    return [...timeouts, ...losses, ...recreations(world, partition)];
  };

  /** The operator deletes the offsets, as the alarm says. Only a moved offset needs that. */
  const deletedOffsets = (world: World, partition: number): Move[] => {
    const { servers } = world;
    return brokers.claimsTooMuch(servers.kafka, partition)
      ? [
          byItself(
            () => "somebody deletes the group's offset",
            () =>
              engine.withServers(world, {
                ...servers,
                kafka: brokers.withPartition(servers.kafka, partition, { groupOffset: null }),
              }),
          ),
        ]
      : [];
  };

  const recreations = (world: World, partition: number): Move[] => {
    const { servers, owners, late } = world;
    const { groupOffset } = brokers.partitionOf(servers.kafka, partition);
    if (late.length > 0 || owners.some(({ actor }) => (actor?.pending.length ?? 0) > 0)) return [];
    return recreated.flatMap((records) =>
      [...new Set([groupOffset, null])].flatMap((left) =>
        fault(
          world,
          'recreations',
          () => `all topics are created again, with ${records.length} records; the group's offset is ${left}`,
          (spent) =>
            engine.withServers(spent, {
              ...servers,
              kafka: brokers.recreate(
                servers.kafka,
                partition,
                { topicsId: 'second', groupOffset: left },
                ...records,
              ),
            }),
        ),
      ),
    );
  };

  /** The operator adopts the topics, as the alarm says. */
  const adoptions = (world: World, partition: number): Move[] => {
    const { servers } = world;
    const { topicsId } = brokers.partitionOf(servers.kafka, partition);
    const known = servers.postgres.leases.get(partition)?.topicsId ?? null;
    return known === null || known === topicsId
      ? []
      : [
          byItself(
            () => 'somebody runs adopt-topics',
            () => engine.withServers(world, { ...servers, postgres: adopt(servers.postgres, partition) }),
          ),
        ];
  };

  const movesOfPostgres = (world: World): Move[] => {
    const { servers, past } = world;
    const failovers = lostCommits.flatMap((lost) => {
      const postgres = past.at(-lost);
      return postgres === undefined
        ? []
        : fault(
            world,
            'failovers',
            () => `Postgres comes back without its last ${lost} commits`,
            (spent) => ({ ...engine.withServers(spent, { ...servers, postgres }), past: [] }),
          );
    });
    const idle = [...servers.postgres.leases].flatMap(([partition, row]) =>
      row.inUse
        ? fault(
            world,
            'idleLeases',
            () => `the lease of partition ${partition} was not used for 30 seconds`,
            (spent) =>
              engine.withServers(spent, {
                ...servers,
                postgres: withLease(servers.postgres, partition, { ...row, inUse: false }),
              }),
          )
        : [],
    );
    return [...failovers, ...idle];
  };

  const moves = (world: World): readonly Move[] => {
    if (world.fatal !== null) return [];
    const possible = [
      ...world.owners.flatMap((owner, index) => movesOf(world, owner, index)),
      ...movesOfGroup(world),
      ...world.late.map((request, place) =>
        byItself(
          () => `late arrives: ${describeRequest(request)}`,
          () => engine.arrive(world, place),
        ),
      ),
      ...partitions.flatMap((partition) => movesOfKafka(world, partition)),
      ...partitions.flatMap((partition) => adoptions(world, partition)),
      ...partitions.flatMap((partition) => deletedOffsets(world, partition)),
      ...movesOfPostgres(world),
    ];
    const woken = possible.some(({ healthy }) => healthy) ? null : wakeUp(world.servers);
    if (woken !== null) {
      possible.push(
        byItself(
          () => 'one more command comes',
          () => engine.withServers(world, woken),
        ),
      );
    }
    return possible;
  };

  const shorts = new Map<string, string>();
  const short = (key: string): string => {
    const known = shorts.get(key) ?? shorts.size.toString(36);
    shorts.set(key, known);
    return known;
  };

  const keyOf = ({ servers, past, group, owners, late, faults, fatal }: World): string =>
    [
      identities.keyOf(servers.kafka),
      identities.keyOf(servers.postgres),
      past.map((postgres) => identities.keyOf(postgres)).join(),
      group.generation,
      // The two owners are interchangeable.
      owners
        .map((owner, index) => short(ownerKey(owner) + String(group.owner === index)))
        .sort()
        .join(),
      late
        .map((request) => short(requestKey(request)))
        .sort()
        .join(),
      short(Object.values(faults).join()),
      fatal,
    ].join('|');

  return { start: engine.start, moves, keyOf };
};

const ownerKey = ({ actor, generation, positions, busy }: Owner): string =>
  generation === null
    ? String(actor?.id)
    : `${String(actor?.id)} ${generation} ${positions.join('.')} ${busy.join('.')}`;
