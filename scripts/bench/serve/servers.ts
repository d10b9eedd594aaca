import { mkdirSync } from 'node:fs';
import { createKafka, type KafkaClient } from '../../../src/kafka/client/client.ts';
import { registerCommands } from '../../chaos/world/registry-contents.ts';
import type { OwnKafka } from '../../stack/own-servers.ts';
import { startOwnKafka, startOwnPostgres, startOwnRegistry } from '../../stack/own-servers.ts';
import type { OwnServer } from '../../stack/own-server.ts';
import type { PartDeps } from '../part.ts';

/** Kafka, a registry and Postgres for the measurement alone, so that their CPU time belongs to the measurement. */
export type MeasuredServers = {
  readonly variables: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  readonly client: KafkaClient;
  /** The id of the schema with which commands are written. */
  readonly commandSchemaId: number;
  readonly kafkaPid: number;
  /** Its logs are below `data`. */
  readonly kafkaFolder: string;
  /** The parent process: each session is a process of its own. */
  readonly postgresPid: number;
  stop(): Promise<void>;
};

export const startMeasuredServers = async ({
  folder,
  progress,
  signal,
}: Pick<PartDeps, 'folder' | 'progress' | 'signal'>): Promise<MeasuredServers> => {
  progress.say('Starting Kafka, Postgres and a registry…');
  mkdirSync(folder, { recursive: true });
  const own = { folder, progress, signal };
  const starting = await Promise.allSettled([
    startOwnKafka({ ...own, brokers: 1 }),
    startOwnPostgres(own),
    startOwnRegistry(own),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all(
      starting.map(async (start) => {
        if (start.status === 'fulfilled') await start.value.stop('wipe');
      }),
    );
  };
  try {
    const [kafka, postgres, registry] = starting.map((start) => {
      if (start.status === 'rejected') throw start.reason;
      return start.value;
    }) as [OwnKafka, OwnServer, OwnServer];
    const brokers = (kafka.variables['KAFKA_BROKERS'] ?? '').split(',');
    return {
      variables: { ...kafka.variables, ...registry.variables },
      databaseUrl: postgres.variables['DATABASE_URL'] ?? '',
      client: createKafka({ brokers, clientId: 'bench' }),
      commandSchemaId: await registerCommands(registry.variables['SCHEMA_REGISTRY_URL'] ?? ''),
      kafkaPid: runningPid(kafka.brokers[0]),
      kafkaFolder: kafka.brokers[0]?.folder ?? '',
      postgresPid: runningPid(postgres),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const runningPid = (server: OwnServer | undefined): number => {
  const pid = server?.pid();
  if (pid === undefined) throw new Error(`${server?.title ?? 'a server'} has ended`);
  return pid;
};
