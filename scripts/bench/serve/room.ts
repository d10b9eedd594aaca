import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { topicNames, type TopicNames } from '../../../src/kafka/names/topic-names.ts';
import { createDatabase, dropDatabase } from '../../demo/database.ts';
import type { MeasuredServers } from './servers.ts';

/** Topics, a group and a database for one run, empty at its start. */
export type Room = {
  readonly names: TopicNames;
  readonly groupId: string;
  readonly databaseUrl: string;
  /** Settings of a program that works here. */
  readonly variables: Readonly<Record<string, string>>;
  remove(): Promise<void>;
};

/** @param build the folder of a checkout whose `dist` is compiled; its own `setup` runs */
export const openRoom = async (
  { variables: addresses, databaseUrl: serverUrl, client }: MeasuredServers,
  build: string,
  partitions: number,
): Promise<Room> => {
  const name = `bench_${randomUUID().slice(0, 8)}`;
  const prefix = `${name}.`;
  const names = topicNames(prefix);
  const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const variables = {
    ...addresses,
    DATABASE_URL: databaseUrl,
    KAFKA_GROUP_ID: name,
    TOPIC_PREFIX: prefix,
    TOPIC_PARTITIONS: String(partitions),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
  };
  const remove = async (): Promise<void> => {
    const admin = client.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: Object.values(names) }).catch(() => undefined);
    await admin.disconnect();
    await dropDatabase(serverUrl, name);
  };
  await createDatabase(serverUrl, name);
  try {
    await promisify(execFile)(process.execPath, [join(build, 'dist/cli/main.js'), 'setup'], {
      env: { PATH: process.env['PATH'], ...variables },
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { names, groupId: name, databaseUrl, variables, remove };
};
