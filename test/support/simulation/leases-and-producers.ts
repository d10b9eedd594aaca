/**
 * Leases and producers get the smallest free numbers instead of ever greater ones. A fenced owner is one that holds another number than the
 * current one. So worlds that differ only in how often a lease or a producer was taken are the same.
 */
import * as brokers from '../in-memory/kafka.ts';
import * as database from '../in-memory/postgres.ts';
import type { Request, Served } from './requests.ts';
import type { Owner, World } from './world.ts';

type Asked<K extends Request['kind']> = Extract<Request, { kind: K }>;

export const serveLease = (world: World, request: Asked<'takeLease'>, others: readonly Owner[]): Served => {
  const { servers, past, late } = world;
  const held = [
    ...[servers.postgres, ...past].map(({ leases }) => leases.get(request.partition)?.holder),
    ...others.map(({ holder }) => holder),
    ...late.map((lateRequest) => ('lease' in lateRequest ? lateRequest.lease.holder : null)),
  ];
  const holder = `lease ${smallestBeside(held.map((heldBy) => Number(heldBy?.split(' ')[1])))}`;
  const { postgres, grant } = database.takeLease(servers.postgres, { ...request, holder });
  const row = postgres.leases.get(request.partition);
  if (grant.kind !== 'granted' || row === undefined) return { servers, answer: { value: grant } };
  return {
    servers: { ...servers, postgres: database.withLease(postgres, request.partition, { ...row, epoch: 0 }) },
    answer: { value: { ...grant, lease: { ...grant.lease, epoch: 0 } } },
  };
};

export const serveFence = (world: World, request: Asked<'fence'>, others: readonly Owner[]): Served => {
  const { servers } = world;
  const { partition } = request;
  const id = request.transactionalId ?? ownId(world, partition);
  const epoch = unusedEpoch(world, partition, id, others);
  const { kafka, identity } = brokers.fence(servers.kafka, partition, id, epoch);
  return { servers: { ...servers, kafka }, answer: { value: identity } };
};

/** The broker ends the open transaction of an id, without a new owner. */
export const endTransaction = (world: World, partition: number, id: string): brokers.Kafka =>
  brokers.fence(world.servers.kafka, partition, id, unusedEpoch(world, partition, id, world.owners)).kafka;

/** Whether an owner or a late request could still write under this epoch. */
export const isHeld = ({ owners, late }: World, epoch: number): boolean =>
  owners.some((owner) => owner.epoch === epoch) ||
  late.some((request) => 'identity' in request && request.identity.epoch === epoch);

const unusedEpoch = (
  { servers, late }: World,
  partition: number,
  id: string,
  others: readonly Owner[],
): number =>
  smallestBeside([
    brokers.partitionOf(servers.kafka, partition).transactional[id]?.epoch ?? 0,
    ...others.map(({ epoch }) => epoch ?? 0),
    ...late.map((lateRequest) => ('identity' in lateRequest ? lateRequest.identity.epoch : 0)),
  ]);

const ownId = ({ servers }: World, partition: number): string =>
  `own ${String(Object.keys(brokers.partitionOf(servers.kafka, partition).transactional).length)}`;

const smallestBeside = (used: readonly number[]): number => {
  let number = 1;
  while (used.includes(number)) number += 1;
  return number;
};
