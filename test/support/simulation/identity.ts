/** Recognises equal states: they become one object with a short key. */
import { createHash } from 'node:crypto';
import type { Emission } from '../../../src/processor/ports/output.ts';
import { sourceOf, typeOf, type Kafka } from '../in-memory/kafka.ts';
import type { Postgres } from '../in-memory/postgres.ts';
import { serve, type Request, type Served, type Servers } from './requests.ts';

/** The digest of a value without functions. */
export const digestOf = (value: object): string => {
  const known = digests.get(value);
  if (known !== undefined) return known;
  const digest = createHash('sha1').update(written(value)).digest('base64url').slice(0, 16);
  digests.set(value, digest);
  return digest;
};
const digests = new WeakMap<object, string>();

/** Writes equal values in the same way. */
const written = (value: unknown): string => {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (value instanceof Set) return written([...(value as Set<unknown>)]);
  if (Array.isArray(value)) return `[${value.map(written).join()}]`;
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  return `{${entries.map(([name, one]) => `${written(name)}:${written(one)}`).join()}}`;
};

const emissionKey = (emission: Emission): string =>
  `${typeOf(emission)}@${sourceOf(emission)}#${digestOf(emission)}`;

const kafkaKey = ({ partitions }: Kafka): string =>
  partitions
    .map(({ topicsId, low, high, groupOffset, committed, transactional }) =>
      [
        topicsId,
        low,
        high,
        groupOffset,
        committed.map(({ emissions, end }) => `${emissions.map(emissionKey).join()}<${end}`).join(';'),
        Object.entries(transactional)
          .map(([id, { epoch, open }]) => `${id}=${epoch}:${open.map(emissionKey).join()}`)
          .join(';'),
      ].join('|'),
    )
    .join('\n');

/** The key leaves out fields that nothing reads. */
const postgresKey = ({ leases, stored }: Postgres): string =>
  [...leases]
    .map(([partition, { epoch, holder, generation, nextOffset, emittedThrough, topicsId, source, inUse }]) =>
      [partition, epoch, holder, generation, nextOffset, emittedThrough, topicsId, source, inUse].join(),
    )
    .join(';') + digestOf(stored);

export type Identities = {
  /** Returns one object for all equal ones. */
  servers(servers: Servers): Servers;
  /** Differs for servers that behave differently. */
  keyOf(part: Kafka | Postgres): number;
  /** `serve` with a cache. */
  serve(servers: Servers, request: Request): Served;
};

export const createIdentities = (): Identities => {
  const numbers = new WeakMap<object, number>();
  const byKey = new Map<string, object>();

  const one = <T extends object>(value: T, keyOf: (value: T) => string): T => {
    if (numbers.has(value)) return value;
    const key = keyOf(value);
    const known = byKey.get(key) ?? value;
    if (known === value) {
      byKey.set(key, value);
      numbers.set(value, byKey.size);
    }
    return known as T;
  };

  const served = new WeakMap<Request, Map<string, Served>>();
  const identities: Identities = {
    servers: ({ kafka, postgres }) => ({ kafka: one(kafka, kafkaKey), postgres: one(postgres, postgresKey) }),
    keyOf: (part) => numbers.get(part) ?? 0,
    serve: (servers, request) => {
      const before = served.get(request) ?? new Map<string, Served>();
      served.set(request, before);
      const key = `${identities.keyOf(servers.kafka)}/${identities.keyOf(servers.postgres)}`;
      const known = before.get(key) ?? serve(servers, request);
      const result = { ...known, servers: identities.servers(known.servers) };
      before.set(key, result);
      return result;
    },
  };
  return identities;
};

export const requestKey = (request: Request): string => {
  switch (request.kind) {
    case 'closeRuns':
    case 'closeRunsUnfenced':
    case 'readUnlocked':
    case 'writeUnlocked': {
      const { lease, range } = request;
      return `${request.kind} ${range.first}–${range.end} ${range.storedBefore} ${lease.partition} ${lease.holder} ${lease.epoch}`;
    }
    case 'publish':
    case 'publishInto':
      return `publish ${JSON.stringify(request.identity)} ${request.emissions.map(emissionKey).join()} ${request.end}`;
    case 'takeLease':
    case 'recordEmitted':
    case 'fence':
    case 'commit':
    case 'identity':
    case 'deadLettered':
    case 'bounds':
    case 'committedOffset':
    case 'lastEmittedSource':
    case 'emittedEvents':
    case 'heartbeat':
      return JSON.stringify(request);
  }
};
