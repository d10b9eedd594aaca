/**
 * Everything that a run has to itself: servers, links, instances. Nothing of it outlives `leave`, nor the process that opened it.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createKafka } from '../../../src/kafka/client.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { topicNames } from '../../../src/kafka/topic-names.ts';
import type { TopicNames } from '../../../src/kafka/topic-names.ts';
import { createRunclose } from '../../demo/runclose.ts';
import type { OwnServer } from '../../stack/own-server.ts';
import { startOwnKafka, startOwnPostgres, startOwnRegistry } from '../../stack/own-servers.ts';
import type { OwnKafka } from '../../stack/own-servers.ts';
import type { Progress } from '../../stack/progress.ts';
import { installAudit, namedIn } from '../evidence/audit.ts';
import { createFleet } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import { createGroup } from './group.ts';
import type { Group } from './group.ts';
import { openLink } from './link.ts';
import type { Link } from './link.ts';
import { registerCommands } from './registry-contents.ts';

export type ServerName = 'kafka' | 'postgres' | 'registry';

export interface World {
  readonly kafka: OwnKafka;
  readonly postgres: OwnServer;
  readonly registry: OwnServer;
  /** The slots of the fleet come first; the last one is for whoever joins for a while. */
  readonly links: readonly Readonly<Record<ServerName, Link>>[];
  readonly fleet: Fleet;
  readonly spareSlot: number;
  /** Slots whose instance stands still at the moment. */
  readonly frozen: Set<number>;
  readonly group: Group;
  readonly names: TopicNames;
  /** Past all links. */
  readonly client: KafkaClient;
  readonly databaseUrl: string;
  readonly registryUrl: string;
  /** That commands are written with. */
  readonly commandSchemaId: number;
  partitions: number;
  /** Told when partitions were added. */
  onGrown: (partitions: number) => void;
  /** Another share of the stream is published, beside the one that each fault gets. */
  publishMore: () => void;
  /** `runclose setup`, past all links. */
  setUp: (partitions: number, ...options: string[]) => Promise<void>;
  sql: <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>;
  pause: (seconds: number) => Promise<void>;
  leave: (data: 'keep' | 'wipe') => Promise<void>;
}

export type WorldOptions = {
  readonly folder: string;
  readonly instances: number;
  readonly partitions: number;
  /** Starts an instance of the processor: program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

const GROUP = 'runclose';
const SERVERS = ['kafka', 'postgres', 'registry'] as const satisfies ServerName[];

export const openWorld = async (options: WorldOptions): Promise<World> => {
  const { folder, instances, partitions, command, progress, signal } = options;
  mkdirSync(folder, { recursive: true });
  const undo: ((data: 'keep' | 'wipe') => Promise<void>)[] = [];
  const leave = async (data: 'keep' | 'wipe'): Promise<void> => {
    for (const step of undo.reverse()) await step(data);
    if (data === 'wipe') rmSync(folder, { recursive: true, force: true });
  };
  try {
    const links = await Promise.all(
      Array.from({ length: instances + 1 }, async () => {
        const [kafka, postgres, registry] = await Promise.all([openLink(), openLink(), openLink()]);
        return { kafka, postgres, registry };
      }),
    );
    const all = links.flatMap((each) => SERVERS.map((server) => each[server]));
    undo.push(async () => {
      await Promise.all(all.map((link) => link.close()));
    });
    const own = { folder, progress, signal };
    const starting = await Promise.allSettled([
      startOwnKafka({ ...own, brokers: 1, links: links.map(({ kafka }) => [kafka.port]) }),
      startOwnPostgres(own),
      startOwnRegistry(own),
    ]);
    for (const started of starting) if (started.status === 'fulfilled') undo.push(started.value.stop);
    const [kafka, postgres, registry] = starting.map((started) => {
      if (started.status === 'rejected') throw started.reason;
      return started.value;
    }) as [OwnKafka, OwnServer, OwnServer];

    for (const [slot, each] of links.entries()) {
      each.kafka.leadTo(kafka.linkPorts[slot]?.[0] ?? 0);
      each.postgres.leadTo(postgres.ports[0]);
      each.registry.leadTo(registry.ports[0]);
    }
    const databaseUrl = postgres.variables['DATABASE_URL'] ?? '';
    const registryUrl = registry.variables['SCHEMA_REGISTRY_URL'] ?? '';
    const direct = { ...kafka.variables, ...postgres.variables, ...registry.variables };

    const setUp = async (wanted: number, ...more: string[]): Promise<void> => {
      const variables = { ...direct, TOPIC_PARTITIONS: String(wanted), TOPIC_PREFIX: '' };
      await createRunclose({ variables, signal }).read(['setup', ...more]);
    };
    const commandSchemaId = await registerCommands(registryUrl);
    await setUp(partitions);
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
          KAFKA_BROKERS: `127.0.0.1:${each.kafka.port}`,
          KAFKA_GROUP_ID: GROUP,
          KAFKA_CLIENT_ID: name,
          SCHEMA_REGISTRY_URL: through(registryUrl, each.registry),
          DATABASE_URL: namedIn(through(databaseUrl, each.postgres), name),
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: '0',
        };
      },
    });
    undo.push(() => fleet.abandon());
    const names = topicNames();
    const brokers = (kafka.variables['KAFKA_BROKERS'] ?? '').split(',');
    const client = createKafka({ brokers, clientId: 'chaos' });

    return {
      kafka,
      postgres,
      registry,
      links,
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
      setUp,
      sql: async (work) => {
        const client = new pg.Client({ connectionString: databaseUrl });
        // A fault may end the session; whoever waits for an answer hears of it.
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
