/**
 * Everything that belongs to one run: servers, links, instances. All of it ends with `leave`, and also if the process that opened it ends.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createKafka, type KafkaClient } from '../../../src/kafka/client/client.ts';
import { topicNames, type TopicNames } from '../../../src/kafka/names/topic-names.ts';
import { createRunclose } from '../../demo/runclose.ts';
import type { OwnServer } from '../../stack/own-server.ts';
import { type OwnKafka, startOwnKafka, startOwnPostgres, startOwnRegistry } from '../../stack/own-servers.ts';
import type { Progress } from '../../stack/progress.ts';
import { installAudit, namedIn } from '../evidence/audit.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createGroup, type Group } from './group.ts';
import { asOneWire, type Link, openLink, type Wire } from './link.ts';
import { placePartitions } from './placement.ts';
import { registerCommands } from './registry-contents.ts';
import { workersIn } from './workers.ts';

export type ServerName = 'kafka' | 'postgres' | 'registry';

export interface World {
  readonly kafka: OwnKafka;
  readonly postgres: OwnServer;
  readonly registry: OwnServer;
  /** One entry for each slot of the fleet, and a last one for an instance that joins for a while. */
  readonly links: readonly Readonly<Record<ServerName, Wire>>[];
  readonly fleet: Fleet;
  readonly spareSlot: number;
  /** Slots whose instance is frozen now. */
  readonly frozen: Set<number>;
  readonly group: Group;
  readonly names: TopicNames;
  /** A client that connects to the servers directly, without links. */
  readonly client: KafkaClient;
  readonly databaseUrl: string;
  readonly registryUrl: string;
  /** The id of the schema with which commands are written. */
  readonly commandSchemaId: number;
  partitions: number;
  /** Called when partitions were added. */
  onGrown: (partitions: number) => void;
  /** Publishes another share of the stream, in addition to the one that each fault gets. */
  publishMore: () => void;
  /** A note for the record of the run. */
  note: (text: string) => void;
  readonly notes: readonly string[];
  /** Runs a command without any links in between. Returns the lines on stdout; rejects with its stderr if the command fails. */
  runclose: (...args: string[]) => Promise<string[]>;
  /** `runclose setup`. */
  setUp: (partitions: number, ...options: string[]) => Promise<void>;
  sql: <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>;
  pause: (seconds: number) => Promise<void>;
  leave: (data: 'keep' | 'wipe') => Promise<void>;
}

export type WorldOptions = {
  readonly folder: string;
  readonly instances: number;
  readonly partitions: number;
  readonly brokers: 1 | 2 | 3;
  /** Starts an instance of the processor: program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

const GROUP = 'runclose';

export const openWorld = async (options: WorldOptions): Promise<World> => {
  const { folder, instances, partitions, brokers: count, command, progress, signal } = options;
  mkdirSync(folder, { recursive: true });
  const undo: ((data: 'keep' | 'wipe') => Promise<void>)[] = [];
  const leave = async (data: 'keep' | 'wipe'): Promise<void> => {
    for (const step of undo.reverse()) await step(data);
    if (data === 'wipe') rmSync(folder, { recursive: true, force: true });
  };
  try {
    const links = await Promise.all(
      Array.from({ length: instances + 1 }, async () => {
        const [postgres, registry, ...brokers] = await Promise.all([
          openLink(),
          openLink(),
          ...Array.from({ length: count }, openLink),
        ]);
        return { postgres, registry, brokers };
      }),
    );
    const all = links.flatMap(({ postgres, registry, brokers }) => [postgres, registry, ...brokers]);
    undo.push(async () => {
      await Promise.all(all.map((link) => link.close()));
    });
    const own = { folder, progress, signal };
    const starting = await Promise.allSettled([
      startOwnKafka({
        ...own,
        brokers: count,
        links: links.map(({ brokers }) => brokers.map(({ port }) => port)),
      }),
      startOwnPostgres(own),
      startOwnRegistry(own),
    ]);
    for (const started of starting) if (started.status === 'fulfilled') undo.push(started.value.stop);
    const [kafka, postgres, registry] = starting.map((started) => {
      if (started.status === 'rejected') throw started.reason;
      return started.value;
    }) as [OwnKafka, OwnServer, OwnServer];

    for (const [slot, each] of links.entries()) {
      for (const [index, link] of each.brokers.entries()) link.leadTo(kafka.linkPorts[slot]?.[index] ?? 0);
      each.postgres.leadTo(postgres.ports[0]);
      each.registry.leadTo(registry.ports[0]);
    }
    const databaseUrl = postgres.variables['DATABASE_URL'] ?? '';
    const registryUrl = registry.variables['SCHEMA_REGISTRY_URL'] ?? '';
    const direct = {
      ...kafka.variables,
      ...registry.variables,
      DATABASE_URL: namedIn(databaseUrl, 'operator'),
      KAFKA_GROUP_ID: GROUP,
      TOPIC_PREFIX: '',
      // With two brokers and one replica, some partitions have no leader when a broker stops.
      TOPIC_REPLICATION_FACTOR: count === 3 ? '3' : '1',
    };
    const runclose = (...args: string[]): Promise<string[]> =>
      createRunclose({ variables: direct, signal }).read(args);
    const setUp = async (wanted: number, ...more: string[]): Promise<void> => {
      const variables = { ...direct, TOPIC_PARTITIONS: String(wanted) };
      await createRunclose({ variables, signal }).read(['setup', ...more]);
    };
    const names = topicNames();
    const brokers = (kafka.variables['KAFKA_BROKERS'] ?? '').split(',');
    const client = createKafka({ brokers, clientId: 'chaos' });
    const commandSchemaId = await registerCommands(registryUrl);
    await setUp(partitions);
    if (count === 2) await placePartitions(client, names, partitions);
    await installAudit(databaseUrl);

    const through = (url: string, { port }: Link): string =>
      Object.assign(new URL(url), { port: String(port) }).href;
    const fleet = createFleet({
      folder: join(folder, 'instances'),
      command,
      signal,
      variablesOf: (slot, name) => {
        const each = links[slot];
        if (each === undefined) throw new Error(`there is no slot ${slot}`);
        return {
          KAFKA_BROKERS: each.brokers.map(({ port }) => `127.0.0.1:${port}`).join(','),
          KAFKA_GROUP_ID: GROUP,
          KAFKA_CLIENT_ID: name,
          SCHEMA_REGISTRY_URL: through(registryUrl, each.registry),
          DATABASE_URL: namedIn(through(databaseUrl, each.postgres), name),
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: '0',
          SERVE_WORKERS: String(workersIn(slot)),
        };
      },
    });
    undo.push(() => fleet.abandon());
    const notes: string[] = [];

    return {
      kafka,
      postgres,
      registry,
      links: links.map(({ brokers: wires, ...others }) => ({ ...others, kafka: asOneWire(wires) })),
      fleet,
      spareSlot: instances,
      frozen: new Set(),
      group: createGroup({ client, groupId: GROUP, topic: names.requested, brokers }),
      names,
      client,
      databaseUrl,
      registryUrl,
      commandSchemaId,
      partitions,
      onGrown: () => undefined,
      publishMore: () => undefined,
      note: (text) => {
        notes.push(text);
      },
      notes,
      runclose,
      setUp,
      sql: async (work) => {
        const client = new pg.Client({ connectionString: databaseUrl });
        // A fault may end the session. Queries in flight then reject, so this handler does nothing.
        client.on('error', () => undefined);
        await client.connect();
        try {
          return await work(client);
        } finally {
          await client.end();
        }
      },
      pause: async (seconds) => {
        await sleep(seconds * 1000, undefined, { signal });
      },
      leave,
    };
  } catch (error) {
    await leave('wipe');
    throw error;
  }
};
